package tcp

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"numcomp/comm/transport"
	"numcomp/comm/transport/transporttest"
)

// newWorldOf makes a world of endpoints in this process.
func newWorldOf(t testing.TB, size int, ip string, opts Options) []*Transport {
	t.Helper()
	return newWorldWith(t, size, ip, func(int) Options { return opts })
}

// newWorldWith gives each rank options of its own.
func newWorldWith(t testing.TB, size int, ip string, opts func(rank int) Options) []*Transport {
	t.Helper()
	eps := make([]*Endpoint, size)
	peers := make(transport.List[Peer], size)
	for r := range size {
		e, err := Listen(ListenConfig{Addrs: []netip.Addr{netip.MustParseAddr(ip)}, Logf: t.Logf})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { e.Close() })
		eps[r], peers[r] = e, Peer{Addrs: e.Addrs(), Host: fmt.Sprintf("n%d", r), PID: 1000 + r}
	}
	ranks := make([]*Transport, size)
	for r, e := range eps {
		e.Start(testIdentity(r, size), nil)
		ranks[r] = New(e, peers, opts(r))
		t.Cleanup(func() { ranks[r].Close() })
	}
	return ranks
}

func asTransports(ranks []*Transport) []transport.Transport {
	out := make([]transport.Transport, len(ranks))
	for r, t := range ranks {
		out[r] = t
	}
	return out
}

func TestTransport(t *testing.T) {
	for _, tc := range []struct {
		name, ip string
		opts     Options
	}{
		{"IPv4", "127.0.0.1", Options{}},
		// Every path of the protocols with few bytes.
		{"IPv6SmallLimits", "::1", Options{EagerLimit: 100, Credit: 500, Piece: 20_000}},
		{"Spinning", "127.0.0.1", Options{Credit: 5000, Piece: 200_000,
			Waiting: transport.Waiting{Spin: 20 * time.Microsecond, Yield: 20 * time.Microsecond}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			transporttest.Run(t, func(t *testing.T, size int) []transport.Transport {
				return asTransports(newWorldOf(t, size, tc.ip, tc.opts))
			})
		})
	}
}
