package bench

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"numcomp/comm"
	"numcomp/comm/transport"
	"numcomp/comm/transport/mem"
	"numcomp/comm/transport/wrap"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// worldOf runs f on every rank of an in-process world, over each rank's transport
// as over makes it.
func worldOf(t *testing.T, size int, over func(transport.Transport) transport.Transport, f func(ctx context.Context, c *comm.Comm) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var all sync.WaitGroup
	for _, tr := range mem.NewWorld(size) {
		c, err := comm.NewWorld(over(tr), nil)
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			defer tr.Close()
			if err := f(ctx, c); err != nil {
				t.Errorf("rank %d: %v", c.Rank(), err)
			}
		})
	}
	all.Wait()
}

func world(t *testing.T, size int, f func(ctx context.Context, c *comm.Comm) error) {
	t.Helper()
	worldOf(t, size, func(tr transport.Transport) transport.Transport { return tr }, f)
}

// exactly is an Effort of so many rounds.
func exactly(rounds int) Effort { return Effort{WarmUp: time.Millisecond, Rounds: rounds} }

// checkRows holds a rank's rows to what a benchmark of these sizes gives.
func checkRows(t *testing.T, c *comm.Comm, rows []Row, sizes []int, rounds int) {
	t.Helper()
	if c.Rank() != 0 {
		if rows != nil {
			t.Errorf("rank %d has rows", c.Rank())
		}
		return
	}
	if len(rows) != len(sizes) {
		t.Fatalf("%d rows for the sizes %v", len(rows), sizes)
	}
	for i, r := range rows {
		if r.Bytes != sizes[i] || r.Rounds != rounds || r.MinSeconds <= 0 || r.MedianSeconds < r.MinSeconds || r.P99Seconds < r.MedianSeconds || r.TotalSeconds < r.P99Seconds {
			t.Errorf("size %d: %+v", sizes[i], r)
		}
	}
}

func TestPairs(t *testing.T) {
	sizes := []int{0, 8, 1 << 20}
	for name, run := range map[string]func(context.Context, *comm.Comm, []int, Effort) (Metric, []Row, error){"pingpong": PingPong, "bandwidth": Bandwidth} {
		world(t, 3, func(ctx context.Context, c *comm.Comm) error {
			_, rows, err := run(ctx, c, sizes, exactly(7))
			if err != nil {
				return err
			}
			checkRows(t, c, rows, sizes, 7)
			for _, r := range rows {
				if r.PerSecond <= 0 || r.BytesPerSecond != float64(r.Bytes)*r.PerSecond {
					t.Errorf("%s: rates of %+v", name, r)
				}
			}
			return nil
		})
		world(t, 1, func(ctx context.Context, c *comm.Comm) error {
			if _, _, err := run(ctx, c, sizes, exactly(7)); err == nil || !strings.Contains(err.Error(), "needs 2 ranks") {
				t.Errorf("%s in a world of 1: %v", name, err)
			}
			return nil
		})
		world(t, 2, func(ctx context.Context, c *comm.Comm) error {
			if _, _, err := run(ctx, c, []int{8, -1}, exactly(7)); err == nil || !strings.Contains(err.Error(), "-1") {
				t.Errorf("%s of a negative size: %v", name, err)
			}
			return nil
		})
	}
}

// TestWindow: windows hold 64 messages up to 512 KiB, then 32 MiB, then 2.
func TestWindow(t *testing.T) {
	for n, want := range map[int]int{0: 64, 1: 64, 512 << 10: 64, 1 << 20: 32, 8 << 20: 4, 16 << 20: 2, 1 << 30: 2} {
		if got := windowOf(n); got != want {
			t.Errorf("%d bytes: %d messages, want %d", n, got, want)
		}
	}
}

// TestWindowMessages counts what a window sends.
func TestWindowMessages(t *testing.T) {
	counters := make(chan *wrap.Counter, 2)
	worldOf(t, 2, func(tr transport.Transport) transport.Transport {
		k := wrap.Count(tr)
		counters <- k
		return k
	}, func(ctx context.Context, c *comm.Comm) error {
		_, _, err := Bandwidth(ctx, c, []int{1 << 20}, Effort{Rounds: 3})
		return err
	})
	close(counters)
	for k := range counters {
		if _, bytes := k.Total(); k.Rank() == 0 && bytes/(1<<20) != 3*32 {
			t.Errorf("rank 0 sent %d bytes in 3 windows of 32 messages of 1 MiB", bytes)
		}
	}
}

func TestBarrier(t *testing.T) {
	world(t, 5, func(ctx context.Context, c *comm.Comm) error {
		if _, _, err := Barrier(ctx, c, exactly(9)); err != nil {
			return err
		}
		// Rank 4 comes late: nobody is past the barrier before.
		if c.Rank() == 4 {
			<-time.After(50 * time.Millisecond)
		}
		m, rows, err := Barrier(ctx, c, Effort{Rounds: 1})
		if err != nil || c.Rank() != 0 {
			return err
		}
		if m.Name != "interval" || len(rows) != 1 || rows[0].Rounds != 1 || rows[0].MedianSeconds < 0.04 {
			t.Errorf("%s: %+v", m.Name, rows)
		}
		return nil
	})
}

// TestWithoutWarmUp: 20 barriers are 20 barriers, with nothing beside them.
func TestWithoutWarmUp(t *testing.T) {
	counters := make(chan *wrap.Counter, 2)
	worldOf(t, 2, func(tr transport.Transport) transport.Transport {
		k := wrap.Count(tr)
		counters <- k
		return k
	}, func(ctx context.Context, c *comm.Comm) error {
		byMessages, err := c.WithAlgorithm("barrier", "dissemination")
		if err != nil {
			return err
		}
		_, _, err = Barrier(ctx, byMessages, Effort{Rounds: 20})
		return err
	})
	close(counters)
	for k := range counters {
		if messages, _ := k.Total(); messages != 20 {
			t.Errorf("rank %d sent %d messages in 20 barriers of 2 ranks", k.Rank(), messages)
		}
	}
}

func TestCollectives(t *testing.T) {
	sizes := []int{0, 8, 1000, 1 << 17}
	all := Collectives()
	for _, k := range Collectives() {
		if k.InPlace != nil {
			all = append(all, k.InPlace())
		}
	}
	for _, k := range all {
		for _, ranks := range []int{1, 2, 5} {
			world(t, ranks, func(ctx context.Context, c *comm.Comm) error {
				m, rows, err := k.Run(ctx, c, sizes, exactly(6))
				if err != nil {
					return err
				}
				if m.Name != "completion" {
					t.Errorf("%s: the metric of one process is %s", k.Name, m.Name)
				}
				checkRows(t, c, rows, sizes, 6)
				return nil
			})
		}
	}
}

// TestAlgorithmsByName: every row is named as comm does.
func TestAlgorithmsByName(t *testing.T) {
	for _, k := range Collectives() {
		if k.Name == "shared-bcast" {
			continue // no message is its own
		}
		found := false
		for _, a := range comm.Algorithms() {
			found = found || a.Collective == k.Name
		}
		if !found {
			t.Errorf("comm has no algorithm for %q", k.Name)
		}
	}
}

// TestMemory: what Memory says is what the buffers take.
func TestMemory(t *testing.T) {
	for _, k := range Collectives() {
		world(t, 3, func(ctx context.Context, c *comm.Comm) error {
			opened, err := k.open(ctx, c, 64)
			if err != nil {
				return err
			}
			got := 0
			switch b := opened.(type) {
			case *blocks:
				got = len(b.recv)
				if k.Name != "bcast" { // which has one memory for both
					got += len(b.send)
				}
			case *sharedBlock: // and the node's array
				got = 64 + len(b.private)
			case *sums:
				got = 8 * (len(b.send) + len(b.recv))
			default:
				t.Errorf("%s: no word for %T", k.Name, b)
			}
			if err := opened.close(); err != nil {
				return err
			}
			if want := k.Memory(64, c.Rank(), 3); got != want {
				t.Errorf("%s: rank %d has %d bytes, want %d", k.Name, c.Rank(), got, want)
			}
			return nil
		})
	}
}

func TestCollectiveRefuses(t *testing.T) {
	for _, k := range Collectives() {
		world(t, 1, func(ctx context.Context, c *comm.Comm) error {
			if _, _, err := k.Run(ctx, c, []int{-8}, exactly(5)); err == nil || !strings.Contains(err.Error(), "-8 is negative") {
				t.Errorf("%s of a negative size: %v", k.Name, err)
			}
			if _, _, err := k.Run(ctx, c, []int{12}, exactly(5)); (err != nil) != (k.Element == 8) {
				t.Errorf("%s of 12 bytes: %v", k.Name, err)
			}
			return nil
		})
	}
}

// lying is a transport that spoils what a rank sends.
type lying struct{ transport.Transport }

func (l lying) Isend(to int, tag transport.Tag, p []byte) transport.Request {
	if len(p) == 4096 {
		p = append([]byte(nil), p...)
		p[4095] ^= 1
	}
	return l.Transport.Isend(to, tag, p)
}

// TestWrongData: an operation that brings something else is not measured.
func TestWrongData(t *testing.T) {
	for _, k := range Collectives() {
		if k.Name == "alltoall" || k.Name == "allgather" || k.Name == "shared-bcast" {
			continue // messages of other sizes
		}
		var mu sync.Mutex
		var seen []string
		worldOf(t, 2, func(tr transport.Transport) transport.Transport { return lying{tr} }, func(ctx context.Context, c *comm.Comm) error {
			ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
			defer cancel()
			if _, _, err := k.Run(ctx, c, []int{4096}, exactly(5)); err != nil {
				mu.Lock()
				defer mu.Unlock()
				seen = append(seen, err.Error())
				if b, ok := c.Transport().(lying).Transport.(transport.Breaker); ok {
					b.Break(err)
				}
			}
			return nil
		})
		if !strings.Contains(strings.Join(seen, "\n"), "wrong data") {
			t.Errorf("%s of spoilt messages: %q", k.Name, seen)
		}
	}
}

// TestCompletion: the meter takes the first rank out of the barrier and the last
// one done, whoever they are.
func TestCompletion(t *testing.T) {
	world(t, 3, func(ctx context.Context, c *comm.Comm) error {
		m := meter{c: c, together: true}
		r := int64(c.Rank())
		first, last, err := m.extremes(ctx, []int64{10 - r, 20 + r}, []int64{100 + r, 200 - r})
		if err != nil {
			return err
		}
		if c.Rank() == 0 && (first[0] != 8 || first[1] != 20 || last[0] != 102 || last[1] != 200) {
			t.Errorf("first %v, last %v", first, last)
		}
		return nil
	})
}

// TestBracket: without one clock, a round lasts until rank 0 has left a further
// barrier, and so until the slowest rank is done.
func TestBracket(t *testing.T) {
	world(t, 2, func(ctx context.Context, c *comm.Comm) error {
		m := meter{c: c, clock: newClock(systemClock)}
		if m.metric().Name != "bracket" {
			t.Errorf("metric %s", m.metric().Name)
		}
		row, err := m.measure(ctx, slow{c}, Effort{Rounds: 1})
		if err == nil && c.Rank() == 0 && row.MedianSeconds < 0.04 {
			t.Errorf("rank 0 did not wait for rank 1: %+v", row)
		}
		return err
	})
}

// slow is an operation that takes rank 1 long.
type slow struct{ c *comm.Comm }

func (slow) resize(context.Context, int) error { return nil }
func (slow) fill()                             {}
func (slow) check() error                      { return nil }
func (slow) close() error                      { return nil }
func (s slow) call(context.Context) error {
	if s.c.Rank() == 1 {
		<-time.After(50 * time.Millisecond)
	}
	return nil
}

// TestClock: a clock made twice is one clock, and it runs.
func TestClock(t *testing.T) {
	a, b := newClock(systemClock), newClock(systemClock)
	before := a.now()
	if d := b.now() - before; d < -100_000 || d > 10_000_000_000 {
		t.Errorf("the second clock is %d ns before the first", d)
	}
	var at int64
	k := newClock(func() int64 { at += 1000; return at })
	if now := k.now(); now < 0 {
		t.Errorf("time %d", now)
	}
}

func TestOneClock(t *testing.T) {
	world(t, 3, func(ctx context.Context, c *comm.Comm) error {
		together, err := oneClock(ctx, c)
		if err == nil && together != (machineID() != 0) {
			t.Errorf("the ranks of one process: %v", together)
		}
		return err
	})
}

func TestEffort(t *testing.T) {
	e := Effort{Time: time.Second}
	for pace, want := range map[time.Duration]int{0: 200_000, time.Millisecond: 1000, time.Minute: 5} {
		if got := e.rounds(pace); got != want {
			t.Errorf("%v a round: %d rounds, want %d", pace, got, want)
		}
	}
	for _, bad := range []Effort{{Rounds: -1}, {Rounds: 1 << 30}, {Time: -1}, {WarmUp: -1}} {
		if bad.Check() == nil {
			t.Errorf("%+v is no error", bad)
		}
	}
	if err := exactly(1).Check(); err != nil {
		t.Error(err)
	}
}

func TestNewRow(t *testing.T) {
	var took []time.Duration
	for i := range 200 {
		took = append(took, time.Duration(200-i)*time.Second)
	}
	r := NewRow(took)
	if r.Rounds != 200 || r.MinSeconds != 1 || r.MedianSeconds != 101 || r.P99Seconds != 198 || r.TotalSeconds != 200*201/2 {
		t.Errorf("%+v", r)
	}
	if r := NewRow([]time.Duration{3e9, 1e9, 2e9}); r.MinSeconds != 1 || r.MedianSeconds != 2 || r.P99Seconds != 3 {
		t.Errorf("%+v", r)
	}
	if r := NewRow(nil); r != (Row{}) {
		t.Errorf("no rounds: %+v", r)
	}
	if r := (Row{Bytes: 10, MedianSeconds: 4}).over(2).withRates(); r.BytesPerSecond != 5 || r.PerSecond != 0.5 {
		t.Errorf("%+v", r)
	}
}
