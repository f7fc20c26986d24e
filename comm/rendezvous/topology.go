package rendezvous

import (
	"strconv"
	"strings"

	"numcomp/internal/words"
)

// topology is the control tree: rank r's parent is (r-1)/fan, so that every
// rank knows its place without a message.
type topology struct{ size, fan int }

// parent is r's parent, or -1 for rank 0.
func (t topology) parent(r int) int {
	if r == 0 {
		return -1
	}
	return (r - 1) / t.fan
}

// children are r's, as the half-open range [first, end).
func (t topology) children(r int) (first, end int) {
	return min(r*t.fan+1, t.size), min(r*t.fan+t.fan+1, t.size)
}

// subtree is how many ranks hang below r, with r.
func (t topology) subtree(r int) int {
	n, first, end := 0, r, r+1
	for first < t.size {
		n += min(end, t.size) - first
		first, end = first*t.fan+1, (end-1)*t.fan+t.fan+1
	}
	return n
}

// under tells whether r is top or hangs below it.
func (t topology) under(r, top int) bool {
	for r > top {
		r = t.parent(r)
	}
	return r == top
}

// maxRuns bounds how many runs of ranks a sentence names.
const maxRuns = 12

// rankList names ranks for a sentence: "rank 3", "ranks 3,7-9". Of many that do
// not follow one another it names the first and tells how many they are.
func rankList(ranks []int) string {
	if len(ranks) == 1 {
		return "rank " + strconv.Itoa(ranks[0])
	}
	runs := 0
	for i, r := range ranks {
		if i == 0 || ranks[i-1]+1 != r {
			runs++
		}
		if runs > maxRuns {
			return "ranks " + words.Spans(ranks[:i]) + ",... (" + strconv.Itoa(len(ranks)) + " ranks)"
		}
	}
	return "ranks " + words.Spans(ranks)
}

// maxNames bounds how many nodes a sentence names.
const maxNames = 8

// nodeList names nodes for a sentence: "node n3", "nodes n3,n5".
func nodeList(names []string) string {
	switch {
	case len(names) == 1:
		return "node " + names[0]
	case len(names) > maxNames:
		return "nodes " + strings.Join(names[:maxNames], ",") + ",... (" + strconv.Itoa(len(names)) + " nodes)"
	}
	return "nodes " + strings.Join(names, ",")
}
