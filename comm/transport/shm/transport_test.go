package shm

import (
	"fmt"
	"os"
	"testing"
	"time"

	"numcomp/comm/transport"
	"numcomp/comm/transport/transporttest"
)

// newWorldOf makes a world of one node in this process.
func newWorldOf(t testing.TB, size int, opts Options) []transport.Transport {
	t.Helper()
	eps := make([]*Endpoint, size)
	peers := make(transport.List[Peer], size)
	for r := range size {
		e, err := Open()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(e.Close)
		eps[r], peers[r] = e, Peer{Host: fmt.Sprintf("n%d", r), PID: os.Getpid(), Memory: e.Memory()}
	}
	opts.Mates = everyone(size)
	ranks := make([]transport.Transport, size)
	for r, e := range eps {
		ranks[r] = New(e, r, peers, nil, opts)
		t.Cleanup(func() { ranks[r].Close() })
	}
	return ranks
}

func TestTransport(t *testing.T) {
	for _, tc := range []struct {
		name string
		opts Options
	}{
		{"Sleeping", Options{}},
		{"Spinning", Options{Waiting: transport.Waiting{Spin: 20 * time.Microsecond, Yield: 20 * time.Microsecond}}},
		// Every path of the protocols with few bytes.
		{"ThroughRing", Options{ThroughRing: true, NoPipes: true, EagerLimit: 100, Credit: 500}},
		{"ThroughPipe", Options{ThroughRing: true, EagerLimit: 100, Credit: 500}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			transporttest.Run(t, func(t *testing.T, size int) []transport.Transport {
				return newWorldOf(t, size, tc.opts)
			})
		})
	}
}

func TestReadOnly(t *testing.T) {
	transporttest.ReadOnly(t, func(t *testing.T, size int) []transport.Transport { return newWorldOf(t, size, Options{}) })
}

// everyone is the ranks of a world of one node.
func everyone(size int) []int {
	ranks := make([]int, size)
	for r := range ranks {
		ranks[r] = r
	}
	return ranks
}
