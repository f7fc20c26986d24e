package hostfile

// Host is a machine that ranks can be placed on.
type Host struct {
	// Name is a host name or a numeric address, without brackets or port.
	Name string `json:"name"`
	// Slots is how many ranks the host takes; 0 says that it is not known.
	Slots int `json:"slots,omitempty"`
	// MaxSlots is how many ranks it takes even when there are more ranks than
	// slots; 0: no limit. It is not below Slots.
	MaxSlots int `json:"max_slots,omitempty"`
	// User and Port are for who logs in there; "" and 0: as ssh has it.
	User string `json:"user,omitempty"`
	Port int    `json:"port,omitempty"`
	// Binding is how ranks there are bound to CPUs, in the words of MPICH's
	// launcher; "": not said.
	Binding string `json:"binding,omitempty"`
}

// Merge joins the entries of one host, at its first place. Slots add up; where
// a name is repeated, an entry without slots counts as one slot, so that a file
// with one line a slot works. A name that stands once keeps unknown slots. Of
// what else entries say, the first to say it counts.
func Merge(hosts []Host) []Host {
	m := merger{at: make(map[string]int, len(hosts))}
	for _, h := range hosts {
		m.add(h)
	}
	return append([]Host{}, m.hosts...)
}

// merger collects hosts, repeats joined.
type merger struct {
	hosts []Host
	at    map[string]int // where a name stands in hosts
}

// add joins h, and says what of it cannot be, or contradicts an earlier entry.
func (m *merger) add(h Host) (conflict string) {
	i, seen := m.at[h.Name]
	if !seen {
		if m.at == nil {
			m.at = map[string]int{}
		}
		m.at[h.Name] = len(m.hosts)
		m.hosts = append(m.hosts, h)
		return ""
	}
	first := &m.hosts[i]
	conflict = first.settle(h)
	a, b := max(first.Slots, 1), max(h.Slots, 1)
	if first.MaxSlots > 0 || h.MaxSlots > 0 {
		// Who gave no limit can still not give more than its slots here.
		first.MaxSlots = min(max(first.MaxSlots, a)+max(h.MaxSlots, b), maxSlots)
	}
	if first.Slots = a + b; first.Slots > maxSlots {
		first.Slots = maxSlots
		conflict = "the slots of the host add up to more than 1048576"
	}
	return conflict
}

// settle takes over what h alone says about how to reach the host and how to
// bind there, and names what the two say differently.
func (first *Host) settle(h Host) (conflict string) {
	switch {
	case first.User == "":
		first.User = h.User
	case h.User != "" && h.User != first.User:
		conflict = "another user stands for this host above: " + first.User
	}
	switch {
	case first.Port == 0:
		first.Port = h.Port
	case h.Port != 0 && h.Port != first.Port:
		conflict = "another port stands for this host above"
	}
	switch {
	case first.Binding == "":
		first.Binding = h.Binding
	case h.Binding != "" && h.Binding != first.Binding:
		conflict = "another binding stands for this host above: " + first.Binding
	}
	return conflict
}
