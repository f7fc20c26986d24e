package rendezvous

import "testing"

func TestTopology(t *testing.T) {
	for _, fan := range []int{1, 2, 3, 32} {
		for _, size := range []int{1, 2, 3, 7, 33, 34, 100, 1024, 1100} {
			tree := topology{size, fan}
			below := make([]int, size) // counted from the leaves up
			seen := 0
			for r := size - 1; r >= 0; r-- {
				below[r]++
				if p := tree.parent(r); p >= 0 {
					if p >= r {
						t.Fatalf("parent of %d is %d", r, p)
					}
					below[p] += below[r]
				}
				first, end := tree.children(r)
				for c := first; c < end; c++ {
					if tree.parent(c) != r {
						t.Fatalf("fan %d, size %d: %d is a child of %d, whose parent is %d", fan, size, c, r, tree.parent(c))
					}
					seen++
				}
				if got := tree.subtree(r); got != below[r] {
					t.Fatalf("fan %d, size %d: %d ranks below %d, want %d", fan, size, got, r, below[r])
				}
			}
			if seen != size-1 {
				t.Fatalf("fan %d, size %d: %d children in all", fan, size, seen)
			}
		}
	}
	tree := topology{100, 2}
	for _, c := range []struct {
		r, top int
		want   bool
	}{{0, 0, true}, {99, 0, true}, {3, 1, true}, {9, 1, true}, {5, 1, false}, {1, 3, false}} {
		if got := tree.under(c.r, c.top); got != c.want {
			t.Errorf("under(%d, %d) = %v", c.r, c.top, got)
		}
	}
}

func TestFormatRanks(t *testing.T) {
	for _, c := range []struct {
		ranks []int
		want  string
	}{
		{nil, "ranks "},
		{[]int{3}, "rank 3"},
		{[]int{3, 7, 8, 9}, "ranks 3,7-9"},
		{[]int{0, 1, 3, 5, 6}, "ranks 0-1,3,5-6"},
		{upTo(1024, 1), "ranks 0-1023"},
		{upTo(24, 2), "ranks 0,2,4,6,8,10,12,14,16,18,20,22"},
		{upTo(1024, 2), "ranks 0,2,4,6,8,10,12,14,16,18,20,22,... (512 ranks)"},
	} {
		if got := rankList(c.ranks); got != c.want {
			t.Errorf("%v: %q, want %q", c.ranks, got, c.want)
		}
	}
}

// upTo is 0, step, 2 step, ... below end.
func upTo(end, step int) (ranks []int) {
	for r := 0; r < end; r += step {
		ranks = append(ranks, r)
	}
	return ranks
}

func TestNodeList(t *testing.T) {
	for _, c := range []struct {
		names []string
		want  string
	}{
		{[]string{"n3"}, "node n3"},
		{[]string{"n3", "n5"}, "nodes n3,n5"},
		{make([]string, 9), "nodes ,,,,,,,,... (9 nodes)"},
	} {
		if got := nodeList(c.names); got != c.want {
			t.Errorf("%v: %q, want %q", c.names, got, c.want)
		}
	}
}
