package hostfile

// ParseLSFHosts reads LSB_MCPU_HOSTS: hosts, each followed by its slots
// ("hostA 5 hostB 3"). Repeats are joined. name is the variable's, for errors.
func ParseLSFHosts(name, value string) ([]Host, error) {
	t := text{name, value}
	var m merger
	for pos := 0; ; {
		from, to := t.word(pos, len(value))
		if from == to {
			return t.atLeastOne(m.hosts)
		}
		h, err := parseTarget(t.target(from, to), false)
		if err != nil {
			return nil, err
		}
		if h.Slots > 0 || h.User != "" {
			return nil, t.errorAt(from, "%s is not a host's name; after it stand its slots", quoted(value[from:to]))
		}
		count, end := t.word(to, len(value))
		if count == end {
			return nil, t.errorAt(to, "the slots of host %s are missing", h.Name)
		}
		n, what := parseSlots(h.Name, value[count:end])
		if what != "" {
			return nil, t.errorAt(count, "%s", what)
		}
		h.Slots = n
		if err := t.join(&m, h, from); err != nil {
			return nil, err
		}
		pos = end
	}
}

// ParseLSFHostfile reads the file that LSB_DJOB_HOSTFILE names: a host a line,
// once a slot. Repeats are joined, in the order of their first lines. filename is
// for errors.
func ParseLSFHostfile(filename, contents string) ([]Host, error) {
	return slotLines(text{filename, contents})
}
