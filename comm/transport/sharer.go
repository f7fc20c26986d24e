package transport

// SharerOf returns the Sharer that t is or, where t decorates another transport
// (it has a method Unwrap() Transport), the nearest within. A decorator changes
// messages, and shared memory carries none.
func SharerOf(t Transport) (Sharer, bool) {
	for t != nil {
		if s, ok := t.(Sharer); ok {
			return s, true
		}
		d, ok := t.(interface{ Unwrap() Transport })
		if !ok {
			return nil, false
		}
		t = d.Unwrap()
	}
	return nil, false
}
