package tcp

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// TestProbe: only the rank itself counts as reached, and nothing stays open.
func TestProbe(t *testing.T) {
	ctx := testContext(t)
	a := startPeer(t, testIdentity(0, 3), ListenConfig{})
	b := startPeer(t, testIdentity(1, 3), ListenConfig{})
	other := startPeer(t, testIdentity(2, 3), ListenConfig{})
	if err := a.Probe(ctx, 1, b.Addrs()[0]); err != nil {
		t.Errorf("its own address: %v", err)
	}
	short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
	defer cancel()
	for _, c := range []struct {
		addr netip.AddrPort
		want string
	}{
		{other.Addrs()[0], "rank 2 of this job answers, not rank 1"},
		{refusedAddr(t), "refused (nothing listens there)"},
		{listenSaying(t, []byte("220 mail.example ESMTP, pleased to meet you, and so on and on\r\n")), "another program answers"},
		{listenSilently(t).addr, "no answer came"},
	} {
		if err := a.Probe(short, 1, c.addr); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %q", c.addr, err, c.want)
		}
	}
	if n := len(b.links); n > 0 {
		t.Errorf("%d links were handed on", n)
	}
}
