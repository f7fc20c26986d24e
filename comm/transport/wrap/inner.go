package wrap

import "numcomp/comm/transport"

// inner is the transport that a decorator passes everything on to that it does
// not change itself.
type inner struct{ transport.Transport }

// Unwrap returns the decorated transport.
func (t inner) Unwrap() transport.Transport { return t.Transport }

// Break breaks the transport within if it is a transport.Breaker; otherwise a
// context that has ended does, at the next Wait.
func (t inner) Break(cause error) {
	if b, ok := t.Transport.(transport.Breaker); ok {
		b.Break(cause)
	}
}
