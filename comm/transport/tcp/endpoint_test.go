package tcp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const watchdog = 60 * time.Second

var loopback = []netip.Addr{netip.MustParseAddr("127.0.0.1")}

func testIdentity(rank, size int) Identity {
	id := Identity{Rank: rank, Size: size, Build: "build one"}
	copy(id.Job[:], "test job")
	copy(id.Secret[:], "test secret")
	return id
}

// logbook collects what an endpoint logs.
type logbook struct {
	mu    sync.Mutex
	lines []string
	more  chan struct{}
}

func newLogbook() *logbook { return &logbook{more: make(chan struct{}, 1000)} }

func (b *logbook) logf(format string, args ...any) {
	b.mu.Lock()
	b.lines = append(b.lines, fmt.Sprintf(format, args...))
	b.mu.Unlock()
	b.more <- struct{}{}
}

// next waits for one line that has not been taken yet.
func (b *logbook) next(t *testing.T) string {
	t.Helper()
	select {
	case <-b.more:
	case <-time.After(watchdog):
		t.Fatal("nothing was logged")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	line := b.lines[0]
	b.lines = b.lines[1:]
	return line
}

func (b *logbook) empty(t *testing.T) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.lines) > 0 {
		t.Errorf("logged: %q", b.lines)
	}
}

type controlLink struct {
	from  int
	conn  net.Conn
	hello Hello
}

// peer is a started endpoint with what it received.
type testPeer struct {
	*Endpoint
	links   chan controlLink
	refusal chan error
	log     *logbook
}

func startPeer(t *testing.T, id Identity, cfg ListenConfig) *testPeer {
	t.Helper()
	p := &testPeer{links: make(chan controlLink, 100), refusal: make(chan error, 100), log: newLogbook()}
	if cfg.Addrs == nil {
		cfg.Addrs = loopback
	}
	cfg.Logf = p.log.logf
	e, err := Listen(cfg)
	if err != nil {
		t.Fatal(err)
	}
	p.Endpoint = e
	e.OnRefuse(func(_ int, err error) { p.refusal <- err })
	e.Start(id, func(from int, c net.Conn, hello Hello) { p.links <- controlLink{from, c, hello} })
	t.Cleanup(func() {
		e.Close()
		for {
			select {
			case l := <-p.links:
				l.conn.Close()
			default:
				return
			}
		}
	})
	return p
}

func testContext(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), watchdog)
	t.Cleanup(cancel)
	return ctx
}

func TestDialProvesBothSides(t *testing.T) {
	for _, ip := range []string{"127.0.0.1", "::1"} {
		cfg := ListenConfig{Addrs: []netip.Addr{netip.MustParseAddr(ip)}}
		a := startPeer(t, testIdentity(0, 4), cfg)
		b := startPeer(t, testIdentity(3, 4), cfg)
		c, err := a.Dial(testContext(t), 3, b.Addrs(), KindControl)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		got := <-b.links
		defer got.conn.Close()
		want := Hello{Build: "build one", Kind: KindControl, From: 0, To: 3, Size: 4}
		if got.from != 0 || got.hello != want {
			t.Errorf("link from %d with %+v, want from 0 with %+v", got.from, got.hello, want)
		}
		for _, dir := range []struct{ w, r net.Conn }{{c, got.conn}, {got.conn, c}} {
			if _, err := dir.w.Write([]byte("hello")); err != nil {
				t.Fatal(err)
			}
			var text [5]byte
			if _, err := io.ReadFull(dir.r, text[:]); err != nil || string(text[:]) != "hello" {
				t.Fatalf("got %q, %v", text, err)
			}
		}
		a.log.empty(t)
		b.log.empty(t)
	}
}

func TestListenAllPublishesLoopbackLast(t *testing.T) {
	e, err := Listen(ListenConfig{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	addrs := e.Addrs()
	for i, a := range addrs {
		if a.Port() == 0 || a.Port() != addrs[0].Port() {
			t.Errorf("ports differ or are 0: %v", addrs)
		}
		if i > 0 && addrs[i-1].Addr().IsLoopback() && !a.Addr().IsLoopback() {
			t.Errorf("loopback is not last: %v", addrs)
		}
	}
	if !addrs[len(addrs)-1].Addr().IsLoopback() {
		t.Errorf("loopback is missing: %v", addrs)
	}
}

func TestPortRange(t *testing.T) {
	// Learn of a port that was free a moment ago.
	probe, err := Listen(ListenConfig{Addrs: loopback})
	if err != nil {
		t.Fatal(err)
	}
	defer probe.Close()
	port := int(probe.Addrs()[0].Port())
	_, err = Listen(ListenConfig{Addrs: loopback, PortMin: port, PortMax: port})
	if want := fmt.Sprintf("all 1 ports of %d-%d are in use", port, port); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}
	low := max(1, port-50)
	e, err := Listen(ListenConfig{Addrs: loopback, PortMin: low, PortMax: low + 100})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if got := int(e.Addrs()[0].Port()); got < low || got > low+100 || got == port {
		t.Errorf("port %d, want one of %d-%d but not %d", got, low, low+100, port)
	}
	if _, err := Listen(ListenConfig{PortMin: 9, PortMax: 8}); err == nil {
		t.Error("an empty port range is accepted")
	}
}

func TestDialNeedsStartAndEndsWithClose(t *testing.T) {
	e, err := Listen(ListenConfig{Addrs: loopback})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Dial(testContext(t), 0, e.Addrs(), KindControl); !errors.Is(err, errNotStarted) {
		t.Errorf("Dial before Start: %v", err)
	}
	e.Close()
	e.Start(testIdentity(0, 2), nil)
	if _, err := e.Dial(testContext(t), 1, e.Addrs(), KindControl); !errors.Is(err, ErrEndpointClosed) {
		t.Errorf("Dial after Close: %v", err)
	}

	a := startPeer(t, testIdentity(0, 2), ListenConfig{})
	silent := listenSilently(t)
	done := make(chan error)
	go func() {
		_, err := a.Dial(context.Background(), 1, []netip.AddrPort{silent.addr}, KindControl)
		done <- err
	}()
	conn := <-silent.conns
	defer conn.Close()
	a.Close()
	if err := <-done; !errors.Is(err, ErrEndpointClosed) {
		t.Errorf("Dial during Close: %v", err)
	}
}

// silentListener accepts and never says a word, as a fake 172.17.0.1 may.
type silentListener struct {
	addr  netip.AddrPort
	conns chan net.Conn
}

func listenSilently(t *testing.T) *silentListener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &silentListener{addr: netip.MustParseAddrPort(l.Addr().String()), conns: make(chan net.Conn, 100)}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.conns <- c
		}
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	return s
}

// listenSaying answers every connection with text and closes it.
func listenSaying(t *testing.T, text []byte) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Write(text)
			c.Close()
		}
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	return netip.MustParseAddrPort(l.Addr().String())
}

// refusedAddr is a port at which nobody listens until the test ends: a socket that is
// bound to it keeps others, of tests that run beside this one, from getting it.
func refusedAddr(t *testing.T) netip.AddrPort {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	at, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	in := at.(*syscall.SockaddrInet4)
	return netip.AddrPortFrom(netip.AddrFrom4(in.Addr), uint16(in.Port))
}

func TestDialFindsTheRightAddress(t *testing.T) {
	a := startPeer(t, testIdentity(0, 4), ListenConfig{})
	b := startPeer(t, testIdentity(3, 4), ListenConfig{})
	other := startPeer(t, testIdentity(2, 4), ListenConfig{})
	id := testIdentity(3, 4)
	id.Job[0]++
	otherJob := startPeer(t, id, ListenConfig{})
	id = testIdentity(3, 4)
	id.Secret[0]++
	impostor := startPeer(t, id, ListenConfig{})
	silent := listenSilently(t)

	addrs := []netip.AddrPort{
		refusedAddr(t),
		listenSaying(t, []byte("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n")),
		listenSaying(t, nil),
		silent.addr,
		other.Addrs()[0],
		otherJob.Addrs()[0],
		impostor.Addrs()[0],
		b.Addrs()[0],
		listenSilently(t).addr,
	}
	c, err := a.Dial(testContext(t), 3, addrs, KindControl)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	(<-b.links).conn.Close()
	(<-silent.conns).Close()

	// Without the right one, the error says of each address what is wrong with it.
	addrs = append(addrs[:3:3], addrs[4:7]...)
	_, err = a.Dial(testContext(t), 3, addrs, KindControl)
	var dial *DialError
	if !errors.As(err, &dial) || dial.Rank != 3 || len(dial.Attempts) != len(addrs) {
		t.Fatalf("error %v, want a DialError with %d attempts", err, len(addrs))
	}
	for i, want := range []string{
		"refused (nothing listens there)",
		"not our job (another program answers)",
		"closed by the other side during the hello",
		"rank 2 of this job answers, not rank 3",
		"not our job (another numcomp job answers)",
		"does not know this job's secret",
	} {
		if want := addrs[i].String() + ": "; !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nlacks %q", err, want)
		}
		if !strings.Contains(err.Error(), want) && i != 2 {
			t.Errorf("%v\nlacks %q", err, want)
		}
	}
	var proof *ProofError
	if !errors.As(err, &proof) || proof.Addr != addrs[5].String() {
		t.Errorf("%v holds no ProofError of %v", err, addrs[5])
	}
}

// TestDialWaitsForALateStart dials a rank that listens, and learns only later
// who it is.
func TestDialWaitsForALateStart(t *testing.T) {
	a := startPeer(t, testIdentity(0, 2), ListenConfig{HelloTimeout: 50 * time.Millisecond})
	late, err := Listen(ListenConfig{Addrs: loopback})
	if err != nil {
		t.Fatal(err)
	}
	defer late.Close()
	time.AfterFunc(200*time.Millisecond, func() {
		late.Start(testIdentity(1, 2), func(_ int, c net.Conn, _ Hello) { c.Close() })
	})
	c, err := a.Dial(testContext(t), 1, late.Addrs(), KindControl)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
}

func TestDialGivesUpWithItsContext(t *testing.T) {
	a := startPeer(t, testIdentity(0, 2), ListenConfig{})
	silent := listenSilently(t)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer (<-silent.conns).Close()
		cancel()
	}()
	_, err := a.Dial(ctx, 1, []netip.AddrPort{silent.addr}, KindControl)
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), silent.addr.String()) {
		t.Errorf("error %v, want a cancelled dial that names %v", err, silent.addr)
	}
	if _, err := a.Dial(context.Background(), 1, nil, KindControl); err == nil || !strings.Contains(err.Error(), "published no address") {
		t.Errorf("error %v, want that there is no address", err)
	}
}

func TestOtherBuildIsNamedOnBothSides(t *testing.T) {
	a := startPeer(t, testIdentity(0, 2), ListenConfig{})
	id := testIdentity(1, 2)
	id.Build = "build two"
	b := startPeer(t, id, ListenConfig{})
	_, err := a.Dial(testContext(t), 1, b.Addrs(), KindControl)
	var build *BuildError
	if !errors.As(err, &build) || build.Rank != 1 || build.Mine != "build one" || build.Theirs != "build two" {
		t.Errorf("dialler: %v", err)
	}
	err = <-b.refusal
	if !errors.As(err, &build) || build.Rank != 0 || build.Mine != "build two" || build.Theirs != "build one" {
		t.Errorf("acceptor: %v", err)
	}
	if !strings.Contains(err.Error(), `"build one"`) || !strings.Contains(err.Error(), `"build two"`) {
		t.Errorf("%q does not name both builds", err)
	}
}

func TestOtherProtocolIsNamedOnBothSides(t *testing.T) {
	future := appendHello(nil, &hello{Hello: Hello{Build: "build of tomorrow", Size: 1}, proto: 7})
	future = append(future[:len(future)-bodyLen], "a layout that nobody knows yet"...)

	a := startPeer(t, testIdentity(0, 2), ListenConfig{})
	_, err := a.Dial(testContext(t), 1, []netip.AddrPort{listenSaying(t, future)}, KindControl)
	var build *BuildError
	if !errors.As(err, &build) || build.Theirs != "build of tomorrow" || build.TheirProtocol != 7 || build.Mine != "build one" || build.MyProtocol != 1 {
		t.Errorf("dialler: %v", err)
	}

	reply := say(t, a, future)
	h, _, err := readHello(bytes.NewReader(reply))
	if err != nil || h.Build != "build one" || h.proto != 1 {
		t.Errorf("the acceptor answers %q, which reads as %+v, %v", reply, h, err)
	}
	if line := a.log.next(t); !strings.Contains(line, "build of tomorrow") || !strings.Contains(line, "build one") {
		t.Errorf("logged %q, want both builds", line)
	}
}

// say sends text to p as a stranger would and returns all that it answers.
func say(t *testing.T, p *testPeer, text []byte) []byte {
	t.Helper()
	c, err := net.Dial("tcp", p.Addrs()[0].String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := c.SetReadDeadline(time.Now().Add(watchdog)); err != nil {
		t.Fatal(err)
	}
	reply, err := io.ReadAll(c)
	if errors.Is(err, context.DeadlineExceeded) {
		t.Fatal("the connection stays open")
	}
	return reply
}

// honestHello is the hello of rank from, as the wire has it.
func honestHello(from, to int) (h *hello, raw []byte) {
	id := testIdentity(from, 4)
	h = &hello{Hello: Hello{Build: id.Build, Kind: KindControl, From: from, To: to, Size: id.Size},
		proto: protocolVersion, order: hostOrder(), job: id.Job}
	h.instance[0] = byte(from)
	return h, appendHello(nil, h)
}

func TestStrangers(t *testing.T) {
	a := startPeer(t, testIdentity(0, 4), ListenConfig{HelloTimeout: 300 * time.Millisecond})
	otherJob, _ := honestHello(1, 0)
	otherJob.job[3]++
	_, wrongRank := honestHello(1, 2)
	_, noProof := honestHello(1, 0)
	for _, tc := range []struct {
		name string
		text []byte
		want string // in the one line logged; empty: nothing is logged
	}{
		{"garbage", []byte("GET / HTTP/1.1\r\nHost: numcomp\r\n\r\n"), "not numcomp's hello"},
		{"silence", nil, "did not come in time"},
		{"half a hello", []byte(helloMagic + "\x01"), "did not come in time"},
		{"huge build", []byte(helloMagic + "\x01\x00\xff\xff"), "not numcomp's hello"},
		{"other job", appendHello(nil, otherJob), "another job"},
		{"wrong rank", wrongRank, "it looks for rank 2, this is rank 0"},
		{"wrong proof", append(noProof[:len(noProof):len(noProof)], make([]byte, proofLen)...), "does not know this job's secret"},
		{"no proof", noProof, "did not come in time"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			say(t, a, tc.text)
			if line := a.log.next(t); !strings.Contains(line, tc.want) {
				t.Errorf("logged %q, want %q", line, tc.want)
			}
			a.log.empty(t)
		})
	}

	// The job goes on.
	b := startPeer(t, testIdentity(3, 4), ListenConfig{})
	c, err := b.Dial(testContext(t), 0, a.Addrs(), KindControl)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	a.log.empty(t)
}

func TestStrangersFillNoLog(t *testing.T) {
	a := startPeer(t, testIdentity(0, 4), ListenConfig{})
	for range maxLogged + 20 {
		say(t, a, []byte("GET / HTTP/1.1\r\n\r\n"))
	}
	for range maxLogged - 1 {
		a.log.next(t)
	}
	if last := a.log.next(t); !strings.Contains(last, "further strangers are not reported") {
		t.Errorf("last line %q", last)
	}
	a.Close()
	a.log.empty(t)
}

// TestReplay sends, byte for byte, what an honest dialler once sent.
func TestReplay(t *testing.T) {
	a := startPeer(t, testIdentity(0, 4), ListenConfig{})
	b := startPeer(t, testIdentity(3, 4), ListenConfig{})
	tap := listenTap(t, a.Addrs()[0])
	c, err := b.Dial(testContext(t), 0, []netip.AddrPort{tap.addr}, KindControl)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	(<-a.links).conn.Close()
	sent := <-tap.sent
	if len(sent) < bodyLen+proofLen {
		t.Fatalf("the tap saw %d bytes", len(sent))
	}
	say(t, a, sent)
	if line := a.log.next(t); !strings.Contains(line, "secret") {
		t.Errorf("logged %q", line)
	}
	a.Close()
	if n := len(a.links); n != 0 {
		t.Errorf("the replay was let in")
	}
}

// tap relays one connection and keeps what the dialler sent.
type tap struct {
	addr netip.AddrPort
	sent chan []byte
}

func listenTap(t *testing.T, to netip.AddrPort) *tap {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	tp := &tap{addr: netip.MustParseAddrPort(l.Addr().String()), sent: make(chan []byte, 1)}
	var wg sync.WaitGroup
	wg.Go(func() {
		in, err := l.Accept()
		if err != nil {
			return
		}
		defer in.Close()
		out, err := net.Dial("tcp", to.String())
		if err != nil {
			return
		}
		defer out.Close()
		wg.Go(func() { _, _ = io.Copy(in, out) })
		var kept bytes.Buffer
		_, _ = io.Copy(io.MultiWriter(out, &kept), in)
		tp.sent <- kept.Bytes()
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	return tp
}

// TestReflection answers a dialler with its own words, and an acceptor with its
// own proof.
func TestReflection(t *testing.T) {
	a := startPeer(t, testIdentity(0, 4), ListenConfig{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		_, _ = io.Copy(c, c)
	})
	_, err = a.Dial(testContext(t), 1, []netip.AddrPort{netip.MustParseAddrPort(l.Addr().String())}, KindControl)
	var foreign *ForeignError
	if !errors.As(err, &foreign) {
		t.Errorf("dialler: %v, want that somebody else answers", err)
	}

	c, err := net.Dial("tcp", a.Addrs()[0].String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, raw := honestHello(1, 0)
	if _, err := c.Write(raw); err != nil {
		t.Fatal(err)
	}
	if _, _, err := readHello(c); err != nil {
		t.Fatal(err)
	}
	var proof [proofLen]byte
	if _, err := io.ReadFull(c, proof[:]); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write(proof[:]); err != nil {
		t.Fatal(err)
	}
	if line := a.log.next(t); !strings.Contains(line, "secret") {
		t.Errorf("logged %q", line)
	}
}

func TestDuplicateRank(t *testing.T) {
	a := startPeer(t, testIdentity(0, 4), ListenConfig{})
	b := startPeer(t, testIdentity(3, 4), ListenConfig{})
	twin := startPeer(t, testIdentity(3, 4), ListenConfig{})
	ctx := testContext(t)
	c, err := b.Dial(ctx, 0, a.Addrs(), KindControl)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()

	var dup *DuplicateRankError
	if _, err := twin.Dial(ctx, 0, a.Addrs(), KindControl); !errors.As(err, &dup) || dup.Rank != 3 {
		t.Errorf("the twin hears %v", err)
	}
	if err := <-a.refusal; !errors.As(err, &dup) || dup.Rank != 3 {
		t.Errorf("the acceptor says %v", err)
	}
	if _, err := a.Dial(ctx, 3, twin.Addrs(), KindControl); !errors.As(err, &dup) || dup.Rank != 3 {
		t.Errorf("dialling the twin: %v", err)
	}
	// One that claims the acceptor's own rank.
	self := startPeer(t, testIdentity(0, 4), ListenConfig{})
	if _, err := self.Dial(ctx, 0, a.Addrs(), KindControl); !errors.As(err, &dup) || dup.Rank != 0 {
		t.Errorf("the second rank 0 hears %v", err)
	}
	// The first rank 3 may connect again.
	c, err = b.Dial(ctx, 0, a.Addrs(), KindControl)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
}

func TestOtherWorldSizeIsRefused(t *testing.T) {
	a := startPeer(t, testIdentity(0, 4), ListenConfig{})
	b := startPeer(t, testIdentity(3, 5), ListenConfig{})
	_, err := b.Dial(testContext(t), 0, a.Addrs(), KindControl)
	var refused *RefusedError
	if !errors.As(err, &refused) || refused.Rank != 0 || !strings.Contains(err.Error(), "world size 5 there, 4 at rank 0") {
		t.Errorf("dialler: %v", err)
	}
	if err := <-a.refusal; !errors.As(err, &refused) || refused.Rank != 3 {
		t.Errorf("acceptor: %v", err)
	}
}

// TestCrowdOfSilentStrangers fills the gate; an honest rank still gets in.
func TestCrowdOfSilentStrangers(t *testing.T) {
	a := startPeer(t, testIdentity(0, 4), ListenConfig{MaxUnproven: 4})
	for range 6 {
		c, err := net.Dial("tcp", a.Addrs()[0].String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	b := startPeer(t, testIdentity(3, 4), ListenConfig{})
	c, err := b.Dial(testContext(t), 0, a.Addrs(), KindControl)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
}

func TestManyRanksAtOnce(t *testing.T) {
	const size = 64
	a := startPeer(t, testIdentity(0, size), ListenConfig{MaxUnproven: 8})
	var wg sync.WaitGroup
	for r := 1; r < size; r++ {
		p := startPeer(t, testIdentity(r, size), ListenConfig{})
		wg.Go(func() {
			c, err := p.Dial(testContext(t), 0, a.Addrs(), KindControl)
			if err != nil {
				t.Errorf("rank %d: %v", r, err)
				return
			}
			c.Close()
		})
	}
	wg.Wait()
	seen := make(map[int]bool)
	for range size - 1 {
		l := <-a.links
		l.conn.Close()
		seen[l.from] = true
	}
	if len(seen) != size-1 {
		t.Errorf("%d ranks came, want %d", len(seen), size-1)
	}
	a.log.empty(t)
}

func TestSecretIsNotPrinted(t *testing.T) {
	id := testIdentity(0, 1)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		text := fmt.Sprintf(verb, id)
		for _, leak := range []string{"test secret", "115 101 99 114", "0x73, 0x65, 0x63", "736563"} {
			if strings.Contains(text, leak) {
				t.Errorf("%s shows the secret: %s", verb, text)
			}
		}
	}
}
