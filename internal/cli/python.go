package cli

import "strings"

// pythonMultinode answers the Python programs' --multinode, which joined a Ray
// cluster that somebody had set up by hand: a launcher starts numcomp's ranks,
// so the answer is the command that does the same.
func pythonMultinode(rows []*option) error {
	ranks, flags := "N", ""
	for _, row := range rows {
		for _, use := range row.given {
			switch row.name {
			case "multinode", "head":
			case "num-workers":
				ranks = use.value
			case "size":
				flags += " --size " + pythonSize(use.value)
			default:
				flags += " " + dashed(row.name)
				if row.arg != "" {
					flags += " " + shellQuote(use.value)
				}
			}
		}
	}
	return usagef("--multinode: numcomp needs no cluster that is up: a launcher starts its ranks on all nodes").
		withHint("run srun -n %s %s%s, or mpirun -np %s %s%s", ranks, rootName, flags, ranks, rootName, flags)
}

// pythonSize turns the side of a square, as Python's --size counts, into a shape.
func pythonSize(value string) string {
	if strings.ContainsAny(value, "xX") {
		return value
	}
	return value + "x" + value
}

// shellQuote makes one word of s for a POSIX shell.
func shellQuote(s string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./,:=+@%"
	if s != "" && strings.Trim(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
