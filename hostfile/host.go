package hostfile

// Host is a machine that ranks can be placed on.
type Host struct {
	// Name is a host name or a numeric address, without brackets or port.
	Name string `json:"name"`
	// Slots is how many ranks the host takes; 0 says that it is not known.
	Slots int `json:"slots,omitempty"`
}

// Merge joins the entries of one host, at its first place. Slots add up; where
// a name is repeated, an entry without slots counts as one slot, so that a file
// with one line a slot works. A name that stands once keeps unknown slots.
func Merge(hosts []Host) []Host {
	at := make(map[string]int, len(hosts))
	merged := make([]Host, 0, len(hosts))
	for _, h := range hosts {
		i, seen := at[h.Name]
		if !seen {
			at[h.Name] = len(merged)
			merged = append(merged, h)
			continue
		}
		merged[i].Slots = max(merged[i].Slots, 1) + max(h.Slots, 1)
	}
	return merged
}
