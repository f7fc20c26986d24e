package rendezvous

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"numcomp/comm/transport/tcp"
)

// memory is a Store within the process, shared by all ranks.
type memory struct {
	mu      sync.Mutex
	values  map[string]string
	changed chan struct{}
}

func newMemory() *memory { return &memory{values: map[string]string{}, changed: make(chan struct{})} }

func (m *memory) Put(_ context.Context, key, value string) error {
	if err := checkPair(key, value); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.values[key] = value
	close(m.changed)
	m.changed = make(chan struct{})
	return nil
}

func (m *memory) Commit(context.Context) error { return nil }

func (m *memory) Get(ctx context.Context, key string) (string, error) {
	for {
		m.mu.Lock()
		v, ok := m.values[key]
		changed := m.changed
		m.mu.Unlock()
		if ok {
			return v, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return "", fmt.Errorf("%s was not put: %w", key, context.Cause(ctx))
		}
	}
}

func (m *memory) Close() error { return nil }

// rank is one goroutine rank of a test's world.
type rank struct {
	ep    *tcp.Endpoint
	world *World
	err   error
	ended chan error // gets OnFailure's error
}

// ranks are a world under test. Absent ranks are nil.
type ranks []*rank

type worldOptions struct {
	size, fan int
	timeout   time.Duration
	absent    []int
	store     func(rank int) (Store, error) // nil: a memory
	build     func(rank int) string
	waiting   func(string)
	after     time.Duration
	logf      func(string, ...any)
}

func loopback() tcp.ListenConfig {
	return tcp.ListenConfig{Addrs: []netip.Addr{netip.MustParseAddr("127.0.0.1")}}
}

// join has all ranks but the absent join at once, and returns when all calls
// have.
func join(t *testing.T, o worldOptions) ranks {
	t.Helper()
	if o.timeout == 0 {
		o.timeout = watchdog
	}
	if o.store == nil {
		m := newMemory()
		o.store = func(int) (Store, error) { return m, nil }
	}
	ctx := deadline(t)
	w := make(ranks, o.size)
	t.Cleanup(w.close)
	var wg sync.WaitGroup
	for r := range o.size {
		if slices.Contains(o.absent, r) {
			continue
		}
		ep, err := tcp.Listen(loopback())
		if err != nil {
			t.Fatal(err)
		}
		w[r] = &rank{ep: ep, ended: make(chan error, 1)}
		wg.Go(func() {
			store, err := o.store(r)
			if err != nil {
				w[r].err = err
				return
			}
			defer store.Close()
			self := Self{Host: fmt.Sprintf("h%d", r), PID: 1000 + r, Node: fmt.Sprintf("node%d", r/4), Build: "b1"}
			if o.build != nil {
				self.Build = o.build(r)
			}
			if r%2 == 0 { // asks for what it may not need, with another fan-out
				Foresee(store, r, o.size)
			}
			w[r].world, w[r].err = Join(ctx, ep, store, self, Options{Rank: r, Size: o.size, FanOut: o.fan,
				StartTimeout: o.timeout, Waiting: o.waiting, WaitingAfter: o.after, Logf: o.logf})
			if w[r].err == nil {
				w[r].world.Control.OnFailure(func(err error) { w[r].ended <- err })
			}
		})
	}
	wg.Wait()
	return w
}

// joined is join for a start that must succeed.
func joined(t *testing.T, o worldOptions) ranks {
	t.Helper()
	w := join(t, o)
	for r, k := range w {
		if k.err != nil {
			t.Fatalf("rank %d: %v", r, k.err)
		}
	}
	return w
}

// close ends all ranks at once, as processes of a failed job do.
func (w ranks) close() {
	var wg sync.WaitGroup
	for _, k := range w {
		if k == nil {
			continue
		}
		wg.Go(func() {
			if k.world != nil {
				k.world.Control.Close()
			}
			k.ep.Close()
		})
	}
	wg.Wait()
}

// leave has all ranks leave at once.
func (w ranks) leave(t *testing.T) {
	t.Helper()
	ctx := deadline(t)
	var wg sync.WaitGroup
	for r, k := range w {
		wg.Go(func() {
			if err := k.world.Control.Leave(ctx); err != nil {
				t.Errorf("rank %d: %v", r, err)
			}
			k.world.Control.Close()
			k.ep.Close()
		})
	}
	wg.Wait()
	for r, k := range w {
		select {
		case err := <-k.ended:
			t.Errorf("rank %d: a clean end, and yet: %v", r, err)
		default:
		}
	}
}

// die ends a rank as the kernel ends a killed process: its sockets close, and
// nothing is said.
func (k *rank) die() {
	k.ep.Close()
	c := k.world.Control
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range c.links() {
		l.conn.Close()
	}
}

// verdicts waits for every rank's OnFailure, but for the ranks in except.
func (w ranks) verdicts(t *testing.T, except ...int) []*RankError {
	t.Helper()
	ctx := deadline(t)
	out := make([]*RankError, len(w))
	for r, k := range w {
		if slices.Contains(except, r) {
			continue
		}
		select {
		case err := <-k.ended:
			if !errors.As(err, &out[r]) {
				t.Fatalf("rank %d ended with %T: %v", r, err, err)
			}
		case <-ctx.Done():
			t.Fatalf("rank %d does not know of the death", r)
		}
	}
	return out
}

func TestJoinAndLeave(t *testing.T) {
	for _, size := range []int{1, 2, 3, 33, 40, 100} {
		for _, fan := range []int{2, 32} {
			t.Run(fmt.Sprintf("%d ranks, fan %d", size, fan), func(t *testing.T) {
				w := joined(t, worldOptions{size: size, fan: fan})
				for r, k := range w {
					if k.world.Rank != r || k.world.Size != size || k.world.Peers.Len() != size {
						t.Fatalf("rank %d believes it is %d of %d with %d peers", r, k.world.Rank, k.world.Size, k.world.Peers.Len())
					}
					for p := range size {
						peer := k.world.Peers.At(p)
						if peer.Host != fmt.Sprintf("h%d", p) || peer.PID != 1000+p || peer.Node != p/4 || !slices.Equal(k.world.Peers.Addrs(p), w[p].ep.Addrs()) {
							t.Fatalf("rank %d believes rank %d to be %+v", r, p, peer)
						}
					}
				}
				w.leave(t)
			})
		}
	}
}

func TestDeath(t *testing.T) {
	const size = 15 // fan 2: 0; 1, 2; 3..6; 7..14
	for _, c := range []struct {
		name string
		dead int
	}{{"root", 0}, {"inner", 1}, {"inner without inner children", 4}, {"leaf", 14}} {
		t.Run(c.name, func(t *testing.T) {
			w := joined(t, worldOptions{size: size, fan: 2})
			w[c.dead].die()
			want := fmt.Sprintf("rank %d (host h%d, pid %d) died: connection closed", c.dead, c.dead, 1000+c.dead)
			for r, v := range w.verdicts(t, c.dead) {
				if v == nil {
					continue
				}
				if v.Error() != want || !errors.Is(v, ErrConnectionClosed) {
					t.Errorf("rank %d: %q, want %q", r, v, want)
				}
				if err := w[r].world.Control.Leave(deadline(t)); err != error(v) {
					t.Errorf("rank %d leaves with %v", r, err)
				}
			}
		})
	}
}

// Who closes without leaving is dead to the others.
func TestCloseWithoutLeave(t *testing.T) {
	w := joined(t, worldOptions{size: 7, fan: 2})
	w[2].world.Control.Close()
	for r, v := range w.verdicts(t, 2) {
		if v != nil && (v.Rank != 2 || !errors.Is(v, ErrConnectionClosed)) {
			t.Errorf("rank %d: %v", r, v)
		}
	}
}

func TestAbort(t *testing.T) {
	for _, by := range []int{0, 1, 6} {
		w := joined(t, worldOptions{size: 7, fan: 2})
		w[by].world.Control.Abort(errors.New("no memory left"))
		w[by].world.Control.Abort(errors.New("only the first counts"))
		want := fmt.Sprintf("rank %d (host h%d, pid %d) gave up: no memory left", by, by, 1000+by)
		for r, v := range w.verdicts(t) {
			if v.Error() != want || !errors.Is(v, ErrAborted) {
				t.Errorf("rank %d: %q, want %q", r, v, want)
			}
		}
	}
}

// Two ranks that die at once leave every survivor with one of the two names.
func TestTwoDeaths(t *testing.T) {
	w := joined(t, worldOptions{size: 31, fan: 2})
	go w[3].die()
	w[30].die()
	for r, v := range w.verdicts(t, 3, 30) {
		if v != nil && v.Rank != 3 && v.Rank != 30 {
			t.Errorf("rank %d: %v", r, v)
		}
	}
}

func TestLost(t *testing.T) {
	w := joined(t, worldOptions{size: 7, fan: 2})
	// Nobody else noticed: after a second the rank's word counts.
	w[6].world.Control.Lost(3, errors.New("no route to host"))
	w[6].world.Control.Lost(4, errors.New("only the first counts"))
	want := "rank 3 (host h3, pid 1003) died: its data connection to rank 6 ended: no route to host"
	for r, v := range w.verdicts(t) {
		if v.Error() != want {
			t.Errorf("rank %d: %q, want %q", r, v, want)
		}
	}
}

func TestLostWaitsForTheTree(t *testing.T) {
	w := joined(t, worldOptions{size: 7, fan: 2})
	// Rank 5's data connection to rank 4 ends because 4 gave up on account of
	// 3's death: 3 is the culprit.
	w[5].world.Control.Lost(4, errors.New("reset"))
	w[3].die()
	for r, v := range w.verdicts(t, 3) {
		if v != nil && v.Rank != 3 {
			t.Errorf("rank %d: %v", r, v)
		}
	}
}

func TestLostAfterLeave(t *testing.T) {
	w := joined(t, worldOptions{size: 3, fan: 2})
	var wg sync.WaitGroup
	for r, k := range w {
		wg.Go(func() {
			if err := k.world.Control.Leave(deadline(t)); err != nil {
				t.Errorf("rank %d: %v", r, err)
			}
			k.world.Control.Lost((r+1)%3, errors.New("it was faster"))
			k.world.Control.Close()
		})
	}
	wg.Wait()
	for r, k := range w {
		if err := k.world.Control.Failure(); err != nil {
			t.Errorf("rank %d: %v", r, err)
		}
	}
}

func TestOnFailureAfterwards(t *testing.T) {
	w := joined(t, worldOptions{size: 2, fan: 2})
	w[1].die()
	w.verdicts(t, 1)
	var late error
	w[0].world.Control.OnFailure(func(err error) { late = err })
	if late == nil || late != w[0].world.Control.Failure() {
		t.Errorf("registered late: %v", late)
	}
}

func TestLeaveIsBounded(t *testing.T) {
	w := joined(t, worldOptions{size: 4, fan: 2})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err := w[0].world.Control.Leave(ctx)
	if err == nil || !strings.Contains(err.Error(), "ranks 1-2 or ranks below") {
		t.Errorf("got %v", err)
	}
	w.leave(t)
}

// missingTimeout is the start timeout of tests in which ranks are missing: long
// enough for those that are not to come in time on a busy machine.
const missingTimeout = 6 * time.Second

func TestMissingRank(t *testing.T) {
	for _, c := range []struct {
		absent []int
		want   string
	}{
		{[]int{6}, "start: rank 6 of 7 did not arrive within 6s (--start-timeout): not started"},
		{[]int{3, 5, 6}, "start: ranks 3,5-6 of 7 did not arrive within 6s (--start-timeout): not started"},
	} {
		t.Run(rankList(c.absent), func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var said []string
			w := join(t, worldOptions{size: 7, fan: 2, absent: c.absent, timeout: missingTimeout, after: 100 * time.Millisecond,
				waiting: func(s string) { mu.Lock(); said = append(said, s); mu.Unlock() }})
			for r, k := range w {
				if k == nil {
					continue
				}
				var start *StartError
				if !errors.As(k.err, &start) || !strings.HasPrefix(start.Text, c.want) {
					t.Errorf("rank %d: %v, want %q", r, k.err, c.want)
				}
				if k.err.Error() != w[0].err.Error() {
					t.Errorf("rank %d ends with %q, rank 0 with %q", r, k.err, w[0].err)
				}
			}
			last := "waiting for " + rankList(c.absent)
			if len(said) < 2 || said[len(said)-1] != last {
				t.Errorf("rank 0 said %q, want %q at last", said, last)
			}
		})
	}
}

// Ranks below a missing one cannot be heard; rank 0 says so.
func TestMissingInnerRank(t *testing.T) {
	t.Parallel()
	w := join(t, worldOptions{size: 7, fan: 2, absent: []int{1}, timeout: missingTimeout})
	want := "start: ranks 1,3-4 of 7 did not arrive within 6s (--start-timeout) (ranks 3-4 can only join through others of these)"
	for _, r := range []int{0, 2, 5, 6} {
		if err := w[r].err; err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("rank %d: %v, want %q", r, err, want)
		}
	}
	for _, r := range []int{3, 4} {
		want := fmt.Sprintf("start: rank %d (host h%d, pid %d) could not get the address of rank 1, through which it joins", r, r, 1000+r)
		if err := w[r].err; err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("rank %d: %v, want %q", r, err, want)
		}
	}
}

func TestMissingRoot(t *testing.T) {
	w := join(t, worldOptions{size: 3, absent: []int{0}, timeout: 100 * time.Millisecond})
	for _, r := range []int{1, 2} {
		if err := w[r].err; err == nil || !strings.Contains(err.Error(), "was rank 0 started?") || !strings.Contains(err.Error(), "not within 100ms") {
			t.Errorf("rank %d: %v", r, err)
		}
	}
}

func TestDifferentBuilds(t *testing.T) {
	for _, odd := range []int{1, 6} {
		w := join(t, worldOptions{size: 7, fan: 2, build: func(r int) string {
			if r == odd {
				return "b2"
			}
			return "b1"
		}})
		for r, k := range w {
			if k.err == nil || !strings.Contains(k.err.Error(), `"b1"`) || !strings.Contains(k.err.Error(), `"b2"`) || !strings.Contains(k.err.Error(), fmt.Sprintf("rank %d", odd)) {
				t.Errorf("odd rank %d: rank %d ended with %v", odd, r, k.err)
			}
		}
		if want := fmt.Sprintf("rank %d (host h%d, pid %d) runs build \"b2\"", odd, odd, 1000+odd); !strings.Contains(w[odd].err.Error(), want) {
			t.Errorf("rank %d ended with %v", odd, w[odd].err)
		}
	}
}

func TestJoinCancelled(t *testing.T) {
	ep, err := tcp.Listen(loopback())
	if err != nil {
		t.Fatal(err)
	}
	defer ep.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("interrupted"))
	_, err = Join(ctx, ep, newMemory(), Self{Host: "h", PID: 1}, Options{Rank: 0, Size: 2})
	if err == nil || !strings.Contains(err.Error(), "rank 0 (host h, pid 1) ended while it waited for the others: interrupted") {
		t.Errorf("got %v", err)
	}
}

func TestJoinRefusesBadPlace(t *testing.T) {
	for _, o := range []Options{{Rank: 0, Size: 0}, {Rank: -1, Size: 2}, {Rank: 2, Size: 2}} {
		if _, err := Join(t.Context(), nil, nil, Self{}, o); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("rank %d", o.Rank)) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// TestLateRankLearnsWhy: a rank that reports itself to one that has given up learns why,
// though nobody reads its report.
func TestLateRankLearnsWhy(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for range 200 {
		c := newControl(topology{3, 2}, member{rank: 0}, nil)
		c.failStart(errors.New("two builds"), nil)
		c.Close()
		late, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := late.Write(newFrame(kindMembers, appendMembers(nil, []member{{rank: 1}}))); err != nil {
			t.Fatal(err)
		}
		if err := waitReadable(conn); err != nil { // the report has come, and stays unread
			t.Fatal(err)
		}
		var attached sync.WaitGroup
		attached.Go(func() { c.attach(1, conn, tcp.Hello{}) })
		if err := waitReadable(late); err != nil {
			t.Fatal(err)
		}
		k := newControl(topology{3, 2}, member{rank: 1}, nil)
		k.adopt(late) // which reports again
		select {
		case <-k.failed:
		case <-deadline(t).Done():
			t.Fatal("it does not know of the failure")
		}
		var why *StartError
		if !errors.As(k.Failure(), &why) || why.Text != "two builds" {
			t.Errorf("it believes: %v", k.Failure())
		}
		k.Close()
		attached.Wait()
	}
}

// waitReadable waits until there is something to read, and leaves it.
func waitReadable(conn net.Conn) error {
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		return err
	}
	var peek error
	err = raw.Read(func(fd uintptr) bool {
		var b [1]byte
		_, _, peek = syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK)
		return peek != syscall.EAGAIN
	})
	return errors.Join(err, peek)
}
