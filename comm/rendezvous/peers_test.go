package rendezvous

import (
	"slices"
	"testing"
)

// Mates are those whose whole rows tell of the same node, on whichever ranks of a
// node the rows differ otherwise.
func TestMates(t *testing.T) {
	for _, n := range []int{1, 2, 8, 33} {
		members := someMembers(n, 8)
		// A node whose ranks do not follow each other.
		for i := range members {
			if i%3 == 0 {
				members[i].node = "node-0"
			}
		}
		p, err := decodePeers(appendMembers(nil, members), n)
		if err != nil {
			t.Fatal(err)
		}
		for r := range n {
			var want []int
			for o := range n {
				if members[o].node == members[r].node {
					want = append(want, o)
				}
			}
			if got := p.Mates(r); !slices.Equal(got, want) {
				t.Errorf("%d ranks: mates of rank %d are %v, want %v", n, r, got, want)
			}
		}
	}
}
