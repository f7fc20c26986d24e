package hostfile

// ParseSGE reads the file that PE_HOSTFILE names: a line of host, slots, queue
// and processors, of which the last two may be missing and are not looked at. A
// host has a line for each of its queues: they are joined. filename is for errors.
func ParseSGE(filename, contents string) ([]Host, error) {
	t := text{filename, contents}
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
			return nil, t.errorAt(from, "%s is not a host's name; its slots, a queue and processors follow it", quoted(t.s[from:to]))
		}
		count, pos := t.word(to, end)
		if count == pos {
			return nil, t.errorAt(to, "the slots of host %s are missing", h.Name)
		}
		n, what := parseSlots(h.Name, t.s[count:pos])
		if what != "" {
			return nil, t.errorAt(count, "%s", what)
		}
		h.Slots = n
		for range 2 {
			_, pos = t.word(pos, end)
		}
		if more, to := t.word(pos, end); more < to {
			return nil, t.errorAt(more, "unknown word %s: a line has host, slots, queue and processors", quoted(t.s[more:to]))
		}
		if err := t.join(&m, h, from); err != nil {
			return nil, err
		}
	}
	return t.atLeastOne(m.hosts)
}
