package hostfile

// ExpandHostlist expands a list of hosts as Flux writes it (RFC 29): the grammar
// of ExpandNodeList, but the leading zeros of a bracket's first number are those
// of all its numbers, and other numbers have none: [005,4,11-13] is 005, 004,
// 011, 012, 013.
func ExpandHostlist(list string) ([]string, error) { return expand(list, true) }

// padAlike has the ranges of a bracket padded as the first one.
func padAlike(ranges []numbers) {
	width := 0
	for i := range ranges {
		if i == 0 && len(appendPadded(nil, ranges[0].lo, 0)) < ranges[0].width {
			width = ranges[0].width
		}
		ranges[i].width = width
	}
}

// FluxHosts makes hosts of a list as Flux writes it. Their slots are unknown.
func FluxHosts(list string) ([]Host, error) {
	if err := checkNames(list); err != nil {
		return nil, err
	}
	names, err := ExpandHostlist(list)
	if err != nil {
		return nil, err
	}
	return pair(list, names, "", nil)
}
