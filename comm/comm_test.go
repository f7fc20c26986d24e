package comm

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"numcomp/comm/transport"
	"numcomp/comm/transport/mem"
)

func TestMain(m *testing.M) { runTests(m) }

// watchdog ends a world that hangs.
const watchdog = 60 * time.Second

// worldSizes are the worlds every collective is tested in.
var worldSizes = []int{1, 2, 3, 4, 5, 7, 8, 16}

// testSegment is the segment of tests, so that short messages have several.
const testSegment = 64

// testTuning shrinks the constants so that every choice is reached.
func testTuning() tuning {
	return tuning{segment: testSegment, allreduceShort: 100, allgatherShort: 500, linear: 4, chunk: 128, sideBySide: 64, short: 200, piece: 256}
}

// newComms makes the communicators of a world over ranks.
func newComms(t *testing.T, ranks []transport.Transport, tune tuning) []*Comm {
	t.Helper()
	comms := make([]*Comm, len(ranks))
	for r, tr := range ranks {
		c, err := NewWorld(tr, nil)
		if err != nil {
			t.Fatal(err)
		}
		c.tuning = tune
		comms[r] = c
	}
	return comms
}

// spmd runs body on every rank of a new world of goroutine ranks, or of the world
// that this process was launched in if that has the size, and fails the
// test with the errors. The first ends the context of all.
func spmd(t *testing.T, size int, body func(ctx context.Context, c *Comm) error) {
	t.Helper()
	if launched(t, size, body) {
		return
	}
	ranks := mem.NewWorld(size)
	failed, fail := context.WithCancel(context.Background())
	defer fail()
	errs := each(t, newComms(t, ranks, testTuning()), func(ctx context.Context, c *Comm) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(failed, cancel)()
		err := body(ctx, c)
		if err != nil {
			fail()
		}
		return err
	})
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	for _, tr := range ranks {
		tr.Close()
	}
}

// each runs body on every communicator at the same time and returns the errors.
func each(t *testing.T, comms []*Comm, body func(ctx context.Context, c *Comm) error) []error {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), watchdog)
	defer cancel()
	errs := make([]error, len(comms))
	var all sync.WaitGroup
	for r, c := range comms {
		all.Go(func() {
			if err := body(ctx, c); err != nil {
				errs[r] = fmt.Errorf("rank %d of %d: %w", r, len(comms), err)
			}
		})
	}
	ended := make(chan struct{})
	go func() { all.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(watchdog + 10*time.Second):
		stacks := make([]byte, 1<<20)
		t.Fatalf("deadlock\n%s", stacks[:runtime.Stack(stacks, true)])
	}
	return errs
}

// lengths are the numbers of elements every collective is tested with: 0, 1, a
// prime, and around a segment of elements of size bytes and a multiple of it.
func lengths(size int) []int {
	block := testSegment / size
	return []int{0, 1, 13, block - 1, block, block + 1, 11*block - 1, 11 * block, 11*block + 1}
}

// roots are the first, the middle and the last rank.
func roots(size int) []int {
	switch size {
	case 1:
		return []int{0}
	case 2:
		return []int{0, 1}
	}
	return []int{0, size / 2, size - 1}
}

// forEachAlgorithm runs body with the algorithm chosen and with each forced.
func forEachAlgorithm(t *testing.T, k collective, body func(t *testing.T, with func(*Comm) *Comm)) {
	t.Run("chosen", func(t *testing.T) { body(t, func(c *Comm) *Comm { return c }) })
	n := 0
	for _, a := range Algorithms() {
		if a.kind != k {
			continue
		}
		n++
		t.Run(a.Name, func(t *testing.T) {
			body(t, func(c *Comm) *Comm {
				forced, err := c.WithAlgorithm(a.Collective, a.Name)
				if err != nil {
					t.Error(err)
					return c
				}
				return forced
			})
		})
	}
	if n == 0 {
		t.Errorf("no algorithm for %v", k)
	}
}

// value is element i of rank r's data.
func value(r, i int) int64 { return int64(r)*1_000_003 + int64(i)*7 + 1 }

// data is rank r's n elements.
func data(r, n int) []int64 {
	p := make([]int64, n)
	for i := range p {
		p[i] = value(r, i)
	}
	return p
}

// untouched is a buffer whose elements no test sends.
func untouched(n int) []int64 {
	p := make([]int64, n)
	for i := range p {
		p[i] = -1
	}
	return p
}

// equalElements is the error of the first element that differs.
func equalElements[T comparable](got, want []T) error {
	if len(got) != len(want) {
		return fmt.Errorf("%d elements, want %d", len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			return fmt.Errorf("element %d of %d is %v, want %v", i, len(got), got[i], want[i])
		}
	}
	return nil
}
