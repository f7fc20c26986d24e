package tcp

import (
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"
)

// TestForeignAddressFirst: the best address of a rank is one that another host
// has as well, as docker0's 172.17.0.1 is everywhere. Whoever answers there, or
// does not, only costs its head start: neither bound of a hello comes into play.
func TestForeignAddressFirst(t *testing.T) {
	id := testIdentity(1, 2)
	id.Job[0]++
	foreign := netip.MustParseAddr("127.0.0.9")
	for name, addr := range map[string]netip.AddrPort{
		"silent":       silentOn(t, foreign),
		"another job":  startPeer(t, id, ListenConfig{Addrs: []netip.Addr{foreign}}).Addrs()[0],
		"other rank":   startPeer(t, testIdentity(7, 9), ListenConfig{Addrs: []netip.Addr{foreign}}).Addrs()[0],
		"refused":      refusedAddr(t),
		"other server": listenSaying(t, []byte("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")),
	} {
		t.Run(name, func(t *testing.T) {
			a := startPeer(t, testIdentity(0, 2), ListenConfig{HelloTimeout: time.Hour})
			b := startPeer(t, testIdentity(1, 2), ListenConfig{})
			began := time.Now()
			c, err := a.Dial(testContext(t), 1, []netip.AddrPort{addr, b.Addrs()[0]}, KindControl)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("connected after %v", time.Since(began).Round(time.Millisecond))
			if got := c.RemoteAddr().String(); got != b.Addrs()[0].String() {
				t.Errorf("connected to %s, want %v", got, b.Addrs()[0])
			}
			c.Close()
			(<-b.links).conn.Close()
		})
	}
}

// silentOn listens on addr, accepts, and says nothing.
func silentOn(t *testing.T, addr netip.Addr) netip.AddrPort {
	t.Helper()
	l, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(netip.AddrPortFrom(addr, 0)))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var conns []net.Conn
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			conns = append(conns, c)
		}
	})
	t.Cleanup(func() {
		l.Close()
		wg.Wait()
		for _, c := range conns {
			c.Close()
		}
	})
	return netip.MustParseAddrPort(l.Addr().String())
}
