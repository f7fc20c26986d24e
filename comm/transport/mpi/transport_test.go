//go:build mpi

package mpi

import (
	"fmt"
	"testing"

	"numcomp/comm/transport"
	"numcomp/comm/transport/transporttest"
)

// TestTransport runs the suite on the ranks of jobs of every size: on the first
// ranks of the job, those subtests for which there are enough.
func TestTransport(t *testing.T) {
	for _, np := range []int{1, 2, 3, 4, 5, 8} {
		t.Run(fmt.Sprintf("np=%d", np), func(t *testing.T) {
			ranks := startRanks(t, np)
			transporttest.Run(t, func(t *testing.T, size int) []transport.Transport {
				if size > np {
					t.Skipf("a job of %d", np)
				}
				return openRemote(t, ranks, size)
			})
		})
	}
}

// openRemote opens a world of the first n ranks.
func openRemote(t *testing.T, ranks []*rankConn, n int) []transport.Transport {
	t.Helper()
	outcomes := make([]<-chan outcome, len(ranks))
	for r, c := range ranks {
		_, outcomes[r] = c.tell(order{Verb: "open", N: n})
	}
	for r, c := range ranks {
		if o := c.get(outcomes[r]); o.Err != "" {
			t.Fatalf("rank %d: %s", r, o.Err)
		}
	}
	var world []transport.Transport
	for r := range n {
		world = append(world, &remote{c: ranks[r], rank: r, size: n})
	}
	return world
}
