package rendezvous

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

func headConfig(addr string, rank, size int) HeadConfig {
	return HeadConfig{Addr: addr, Key: HeadKey{1, 2, 3}, Rank: rank, Size: size,
		Self: Self{Host: fmt.Sprintf("h%d", rank), PID: 1000 + rank, Build: "b1"}}
}

// openHead is rank 0 at a free port of loopback, with the port in the config of
// the others.
func openHead(t *testing.T, size int, logf func(string, ...any)) (*headServer, string) {
	t.Helper()
	cfg := headConfig("127.0.0.1:0", 0, size)
	cfg.Logf = logf
	store, err := OpenHead(deadline(t), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	s := store.(*headServer)
	return s, s.addr()
}

func TestHeadStore(t *testing.T) {
	ctx := deadline(t)
	s, addr := openHead(t, 3, nil)
	one, err := OpenHead(ctx, headConfig(addr, 1, 3))
	if err != nil {
		t.Fatal(err)
	}
	defer one.Close()
	var wg sync.WaitGroup
	wg.Go(func() { // asks before the value is there
		two, err := OpenHead(ctx, headConfig(addr, 2, 3))
		if err != nil {
			t.Error(err)
			return
		}
		defer two.Close()
		if v, err := two.Get(ctx, "nc-addr-1"); v != "one" || err != nil {
			t.Errorf("rank 2 got %q, %v", v, err)
		}
	})
	for _, step := range []error{s.Put(ctx, "nc-secret", "zero"), one.Put(ctx, "nc-addr-1", "one"), one.Commit(ctx), s.Commit(ctx)} {
		if step != nil {
			t.Fatal(step)
		}
	}
	if v, err := one.Get(ctx, "nc-secret"); v != "zero" || err != nil {
		t.Errorf("rank 1 got %q, %v", v, err)
	}
	if v, err := s.Get(ctx, "nc-addr-1"); v != "one" || err != nil {
		t.Errorf("rank 0 got %q, %v", v, err)
	}
	if err := one.Put(ctx, "nc-addr-1", "again"); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("a second put: %v", err)
	}
	if !s.Seen(1) {
		t.Error("rank 1 was not seen")
	}
	wg.Wait()
	short, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
	defer cancel()
	if _, err := s.Get(short, "never"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a key that never comes: %v", err)
	}
}

// Nothing that crosses the wire holds the value.
func TestHeadDoesNotShowValues(t *testing.T) {
	ctx := deadline(t)
	s, addr := openHead(t, 2, nil)
	const secret = "a-secret-that-must-not-be-seen"
	if err := s.Put(ctx, "nc-secret", secret); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var seen [2]strings.Builder
	var wg sync.WaitGroup
	wg.Go(func() { // a listener on the wire
		near, err := l.Accept()
		if err != nil {
			t.Error(err)
			return
		}
		far, err := net.Dial("tcp", addr)
		if err != nil {
			t.Error(err)
			near.Close()
			return
		}
		var pipes sync.WaitGroup
		for i, p := range [][2]net.Conn{{near, far}, {far, near}} {
			pipes.Go(func() {
				_, _ = io.Copy(io.MultiWriter(p[1], &seen[i]), p[0])
				near.Close()
				far.Close()
			})
		}
		pipes.Wait()
	})
	cfg := headConfig(l.Addr().String(), 1, 2)
	cfg.Self.Host = "a-host-that-must-not-be-seen" // too long to come up by chance
	store, err := OpenHead(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := store.Get(ctx, "nc-secret"); v != secret || err != nil {
		t.Errorf("got %q, %v", v, err)
	}
	store.Close()
	wg.Wait()
	for i := range seen {
		if text := seen[i].String(); len(text) < 32 || strings.Contains(text, secret) || strings.Contains(text, "nc-secret") || strings.Contains(text, cfg.Self.Host) {
			t.Errorf("direction %d: %d bytes, in clear: %q", i, len(text), text)
		}
	}
}

func TestHeadRefusals(t *testing.T) {
	ctx := deadline(t)
	_, addr := openHead(t, 3, nil)
	first, err := OpenHead(ctx, headConfig(addr, 1, 3))
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	for _, c := range []struct {
		name   string
		change func(*HeadConfig)
		want   string
	}{
		{"duplicate", func(c *HeadConfig) { c.Self.Host, c.Self.PID = "other", 7 },
			"two processes claim to be rank 1: pid 1001 on host h1 came first, then pid 7 on host other"},
		{"duplicate of rank 0", func(c *HeadConfig) { c.Rank = 0 }, "two processes claim to be rank 0: pid 1000 on host h0"},
		{"world size", func(c *HeadConfig) { c.Size = 4 }, "rank 1 (host h1, pid 1001) was started for a world of 4 ranks, but rank 0 (host h0, pid 1000) for one of 3"},
		{"outside", func(c *HeadConfig) { c.Rank = 3 }, "rank 3 (host h1, pid 1001) is outside the world of 3 ranks"},
		{"build", func(c *HeadConfig) { c.Rank, c.Self.Build = 2, "b2" },
			`rank 2 (host h1, pid 1001) runs build "b2", but rank 0 (host h0, pid 1000) runs build "b1"`},
		{"key", func(c *HeadConfig) { c.Key[31] = 9 }, "the key files of the two nodes differ"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := headConfig(addr, 1, 3)
			c.change(&cfg)
			store, err := dialHead(ctx, cfg)
			if err == nil {
				store.Close()
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
	// None of it hurt the others.
	two, err := OpenHead(ctx, headConfig(addr, 2, 3))
	if err != nil {
		t.Fatal(err)
	}
	two.Close()
}

// A rank that was killed before it had what it needs may be started again.
func TestHeadRankStartedAgain(t *testing.T) {
	ctx := deadline(t)
	s, addr := openHead(t, 2, nil)
	store, err := OpenHead(ctx, headConfig(addr, 1, 2))
	if err != nil {
		t.Fatal(err)
	}
	store.(*headClient).conn.Close()
	for s.Seen(1) {
		if pause(ctx, time.Millisecond) != nil {
			t.Fatal("the claim of a dead rank stays")
		}
	}
	if store, err = OpenHead(ctx, headConfig(addr, 1, 2)); err != nil {
		t.Fatal(err)
	}
	store.Close()
}

func TestHeadStrangers(t *testing.T) {
	var mu sync.Mutex
	var said []string
	ctx := deadline(t)
	_, addr := openHead(t, 2, func(f string, a ...any) { mu.Lock(); said = append(said, fmt.Sprintf(f, a...)); mu.Unlock() })
	for _, what := range []string{"", "GET / HTTP/1.1\r\nHost: x\r\n\r\n0123456789012345678901234", headMagic + strings.Repeat("n", 32) + "\xff\xff\xff\xff",
		headMagic + strings.Repeat("n", 32) + "\x40\x00\x00\x00" + strings.Repeat("g", 64)} {
		for range 100 { // more than there is room for, if the silent ones kept theirs
			conn, err := net.Dial("tcp", addr)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := io.WriteString(conn, what); err != nil {
				t.Fatal(err)
			}
		}
	}
	store, err := OpenHead(ctx, headConfig(addr, 1, 2))
	if err != nil {
		t.Fatal(err)
	}
	store.Close()
	for {
		mu.Lock()
		n := len(said)
		mu.Unlock()
		if n >= 100 {
			break
		}
		if pause(ctx, time.Millisecond) != nil {
			t.Fatal("strangers were not reported")
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if !strings.Contains(said[0], "the start goes on") {
		t.Errorf("rank 0 said %q", said[0])
	}
}

func TestHeadWaitsForRank0(t *testing.T) {
	ctx := deadline(t)
	l, err := net.Listen("tcp", "127.0.0.1:0") // a stranger has the port first
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	stranger := make(chan struct{})
	go func() {
		defer close(stranger)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, strings.Repeat("HTTP/1.1 400 Bad Request\r\n", 10))
			conn.Close()
		}
	}()
	said := make(chan string, 100)
	cfg := headConfig(addr, 1, 2)
	cfg.WaitingAfter = time.Millisecond
	cfg.Waiting = func(s string) { said <- s }
	done := make(chan error, 1)
	go func() {
		store, err := OpenHead(ctx, cfg)
		if err == nil {
			err = store.Close()
		}
		done <- err
	}()
	wait := func(want string) {
		t.Helper()
		for {
			select {
			case s := <-said:
				if strings.HasPrefix(s, "waiting for rank 0 at "+addr+": ") && strings.Contains(s, want) {
					return
				}
			case <-ctx.Done():
				t.Fatalf("never said %q", want)
			}
		}
	}
	wait("")
	l.Close()
	<-stranger
	wait("nothing listens there")
	store, err := OpenHead(ctx, headConfig(addr, 0, 2))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestHeadNobodyThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	ctx, cancel := context.WithTimeoutCause(t.Context(), 100*time.Millisecond, errors.New("start timeout"))
	defer cancel()
	_, err = OpenHead(ctx, headConfig(addr, 1, 2))
	if err == nil || !strings.Contains(err.Error(), "could not reach rank 0: start timeout") {
		t.Errorf("got %v", err)
	}
}

func TestHeadCannotListen(t *testing.T) {
	_, addr := openHead(t, 2, nil)
	for _, c := range []struct{ addr, want string }{
		{addr, "the port is in use"},
		{"192.0.2.1:4000", "is no address of this machine"},
		{"127.0.0.1", "want HOST:PORT"},
		{":4000", "want HOST:PORT"},
		{"127.0.0.1:http", "is not a number"},
		{"127.0.0.1:70000", "is not a number"},
	} {
		store, err := OpenHead(deadline(t), headConfig(c.addr, 0, 2))
		if err == nil {
			store.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error with %q", c.addr, err, c.want)
		}
	}
	if _, err := OpenHead(t.Context(), headConfig(addr, 2, 2)); err == nil || !strings.Contains(err.Error(), "--rank 2 is outside") {
		t.Errorf("rank 2 of 2: %v", err)
	}
}

func TestHeadFailureReachesWaitingRanks(t *testing.T) {
	ctx := deadline(t)
	s, addr := openHead(t, 2, nil)
	store, err := OpenHead(ctx, headConfig(addr, 1, 2))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := store.Get(ctx, "nc-secret")
		store.Close()
		done <- err
	}()
	s.Fail("start: rank 1 is too slow")
	s.Close()
	var start *StartError
	if err := <-done; !errors.As(err, &start) || start.Text != "start: rank 1 is too slow" {
		t.Errorf("got %v", err)
	}
}

// headStores opens the store of a rank of a world by hand.
func headStores(t *testing.T, size int) func(int) (Store, error) {
	ctx := deadline(t)
	s, addr := openHead(t, size, nil)
	return func(r int) (Store, error) {
		if r == 0 {
			return s, nil
		}
		return OpenHead(ctx, headConfig(addr, r, size))
	}
}

func TestJoinByHead(t *testing.T) {
	for _, size := range []int{2, 40} {
		joined(t, worldOptions{size: size, fan: 3, store: headStores(t, size)}).leave(t)
	}
}

// With this store also the ranks below a missing one hear who is missing.
func TestMissingRankByHead(t *testing.T) {
	t.Parallel()
	w := join(t, worldOptions{size: 7, fan: 2, absent: []int{1}, timeout: missingTimeout, store: headStores(t, 7)})
	want := "start: ranks 1,3-4 of 7 did not arrive within 6s (--start-timeout) (ranks 3-4 did start; ranks 3-4 can only join through others of these)"
	for r, k := range w {
		if k != nil && (k.err == nil || !strings.HasPrefix(k.err.Error(), want)) {
			t.Errorf("rank %d: %v, want %q", r, k.err, want)
		}
	}
}

func FuzzHeadRecord(f *testing.F) {
	f.Add(claim{1, 2, 3, "h", "b"}.append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := decodeClaim(&decoder{rest: b})
		if err != nil {
			return
		}
		if len(c.host) > maxText || len(c.build) > maxText {
			return // append cuts
		}
		if again, err := decodeClaim(&decoder{rest: c.append(nil)}); err != nil || again != c {
			t.Fatalf("%+v came back as %+v, %v", c, again, err)
		}
	})
}
