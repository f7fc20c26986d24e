package launch

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// MappingKey is the key under which a PMI-1 server tells which ranks share a node.
const MappingKey = "PMI_process_mapping"

// FormatMapping writes the node of every rank the way MPICH reads it:
// (vector,(first,nodes,ranks),...), each block putting that many ranks on each
// of so many nodes from the first on. It is empty, which leaves a program to
// find out by itself, if it would be longer than limit bytes.
func FormatMapping(nodeOf []int, limit int) string {
	type block struct{ first, nodes, ranks int }
	var blocks []block
	for i := 0; i < len(nodeOf); {
		j := i + 1
		for j < len(nodeOf) && nodeOf[j] == nodeOf[i] {
			j++
		}
		last := len(blocks) - 1
		if last >= 0 && blocks[last].first+blocks[last].nodes == nodeOf[i] && blocks[last].ranks == j-i {
			blocks[last].nodes++
		} else {
			blocks = append(blocks, block{nodeOf[i], 1, j - i})
		}
		i = j
	}
	var b strings.Builder
	b.WriteString("(vector")
	for _, x := range blocks {
		fmt.Fprintf(&b, ",(%d,%d,%d)", x.first, x.nodes, x.ranks)
	}
	b.WriteByte(')')
	if b.Len() > limit {
		return ""
	}
	return b.String()
}

// ParseMapping gives the node of each of size ranks from the value of
// MappingKey. Blocks repeat from the first until every rank has its node. An
// empty value says nothing: nil.
func ParseMapping(value string, size int) ([]int, error) {
	if value == "" {
		return nil, nil
	}
	bad := func(format string, args ...any) ([]int, error) {
		return nil, fmt.Errorf("launch: %s=%.64q: %s", MappingKey, value, fmt.Sprintf(format, args...))
	}
	if size < 1 || size > maxRanks {
		return bad("there are %d ranks", size)
	}
	text := strings.ReplaceAll(value, " ", "")
	inner, ok := strings.CutPrefix(text, "(vector,(")
	if inner, ok = cutSuffix(inner, "))", ok); !ok {
		return bad("it is not like (vector,(0,2,4))")
	}
	var blocks [][3]int
	for _, text := range strings.Split(inner, "),(") {
		fields := strings.Split(text, ",")
		if len(fields) != 3 {
			return bad("(%.32s) does not have first node, nodes, ranks a node", text)
		}
		var b [3]int
		for i, f := range fields {
			n, err := strconv.Atoi(f)
			if err != nil || n < min(i, 1) || n > maxRanks {
				return bad("(%.32s) does not have first node, nodes, ranks a node", text)
			}
			b[i] = n
		}
		blocks = append(blocks, b)
	}
	nodeOf := make([]int, 0, min(size, 1<<16))
	for {
		for _, b := range blocks {
			for node := b[0]; node < b[0]+b[1]; node++ {
				k := min(b[2], size-len(nodeOf))
				nodeOf = slices.Grow(nodeOf, k)
				for range k {
					nodeOf = append(nodeOf, node)
				}
				if len(nodeOf) == size {
					return nodeOf, nil
				}
			}
		}
	}
}

func cutSuffix(s, suffix string, ok bool) (string, bool) {
	s, found := strings.CutSuffix(s, suffix)
	return s, ok && found
}
