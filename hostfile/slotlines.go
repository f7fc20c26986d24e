package hostfile

// slotLines reads a host a line, and no more: a line a slot. Repeats are joined.
func slotLines(t text) ([]Host, error) {
	var m merger
	for start, end := range t.lines {
		from, to := t.word(start, end)
		if from == to {
			continue
		}
		h, err := parseTarget(t.target(from, to), false)
		if err != nil {
			return nil, err
		}
		if h.Slots > 0 || h.User != "" {
			return nil, t.errorAt(from, "%s is not a host's name alone, which every line holds once a slot", quoted(t.s[from:to]))
		}
		if more := t.skip(to, end); more < end {
			_, to := t.word(more, end)
			return nil, t.errorAt(more, "unknown word %s after host %s: a line holds a host's name alone, once a slot", quoted(t.s[more:to]), h.Name)
		}
		h.Slots = 1
		if err := t.join(&m, h, from); err != nil {
			return nil, err
		}
	}
	return t.atLeastOne(m.hosts)
}

// join adds a host that stands at offset to m.
func (t text) join(m *merger, h Host, offset int) error {
	if conflict := m.add(h); conflict != "" {
		return t.errorAt(offset, "%s", conflict)
	}
	if len(m.hosts) > MaxNodes {
		return t.errorAt(offset, "more than %d hosts", MaxNodes)
	}
	return nil
}

func (t text) atLeastOne(hosts []Host) ([]Host, error) {
	if len(hosts) == 0 {
		return nil, t.errorAt(len(t.s), "there is no host in it")
	}
	return hosts, nil
}
