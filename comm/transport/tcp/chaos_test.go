package tcp

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"numcomp/comm/transport"
)

// TestChaos ends worlds in the midst of traffic, in every way and at any moment:
// every Wait returns, no message is damaged or overtaken before that, and no
// buffer is touched after it, which the race detector sees.
func TestChaos(t *testing.T) {
	rounds := 40
	if testing.Short() {
		rounds = 10
	}
	for seed := range rounds {
		opts := Options{}
		if seed%2 == 1 {
			opts = Options{EagerLimit: 300, Credit: 1000, Piece: 5000}
		}
		if seed%4 >= 2 {
			opts.Waiting = transport.Waiting{Spin: 50 * time.Microsecond, Yield: 50 * time.Microsecond}
		}
		chaos(t, uint64(seed), opts)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func chaos(t *testing.T, seed uint64, opts Options) {
	const size, goroutines = 3, 3
	rng := rand.New(rand.NewPCG(seed, 1))
	ranks := newWorldOf(t, size, "127.0.0.1", opts)
	ctx, cancel := context.WithCancel(testContext(t))
	defer cancel()
	victim, way, after := rng.IntN(size), rng.IntN(4), rng.IntN(60)
	reached := make(chan struct{}) // the moment has come
	var once sync.Once
	var all sync.WaitGroup
	for r, tr := range ranks {
		for g := range goroutines {
			all.Go(func() {
				its := testContext(t)
				if r == victim {
					its = ctx
				}
				x := &talk{tr: tr, tag: transport.Tag(g), rng: rand.New(rand.NewPCG(seed, uint64(10+r*goroutines+g)))}
				for i := range 10_000 {
					if r == victim && i == after {
						once.Do(func() { close(reached) })
					}
					err, damage := x.run(its, i)
					if damage != nil {
						t.Errorf("rank %d, goroutine %d, exchange %d: %v", r, g, i, damage)
					}
					if err != nil || damage != nil {
						break
					}
				}
				once.Do(func() { close(reached) })
			})
		}
	}
	<-reached
	cause := errors.New("chaos")
	switch way {
	case 0:
		cancel()
	case 1:
		ranks[victim].Break(cause)
	case 2:
		ranks[victim].Close()
	case 3:
		l := ranks[victim].link((victim + 1) % size)
		l.mu.Lock()
		c := l.conn
		l.mu.Unlock()
		if c != nil {
			c.Close()
		}
	}
	// What has no part in that ends now, in an order of its own.
	for _, i := range rng.Perm(size) {
		all.Go(func() { ranks[i].Close() })
	}
	all.Wait()
}

// talk is one goroutine's messages: round i goes one rank further than the
// last.
type talk struct {
	tr        transport.Transport
	tag       transport.Tag
	rng       *rand.Rand
	send, got [150_000]byte
}

func chaosLength(from, tag, i int) int {
	return []int{0, 1, 100, 299, 3000, 149_999}[(from*31+tag*17+i*7+i/5)%6]
}

// run is one round. err is the end of the world, damage what must not be.
func (x *talk) run(ctx context.Context, i int) (err, damage error) {
	p, me := x.tr.Size(), x.tr.Rank()
	step := 1 + i%(p-1)
	to, from := (me+step)%p, (me+p-step)%p
	out := x.send[:chaosLength(me, int(x.tag), i)]
	stamp(out, me, i)
	in := x.tr.Irecv(from, x.tag, x.got[:])
	sent := x.tr.Isend(to, x.tag, out)
	switch x.rng.IntN(4) {
	case 0:
		err = x.tr.Wait(ctx, in, sent)
	case 1:
		err = errors.Join(x.tr.Wait(ctx, in), x.tr.Wait(ctx, sent))
	case 2:
		err = errors.Join(x.tr.Wait(ctx, sent), x.tr.Wait(ctx, in))
	case 3:
		other := make(chan error)
		go func() { other <- x.tr.Wait(ctx, in) }()
		err = errors.Join(x.tr.Wait(ctx, sent), <-other)
	}
	if err == nil {
		want := chaosLength(from, int(x.tag), i)
		if in.N() != want {
			damage = fmt.Errorf("%d bytes from rank %d, want %d", in.N(), from, want)
		} else if !stamped(x.got[:want], from, i) {
			damage = fmt.Errorf("%d bytes from rank %d are not those of this exchange", want, from)
		}
	}
	// Nobody else may touch the buffers any more.
	clear(x.send[:])
	clear(x.got[:])
	return err, damage
}

// stamp marks both ends of a message.
func stamp(p []byte, from, i int) {
	if len(p) >= 16 {
		binary.LittleEndian.PutUint64(p, uint64(from)<<32|uint64(i))
		binary.LittleEndian.PutUint64(p[len(p)-8:], uint64(from)<<32|uint64(i))
	}
}

func stamped(p []byte, from, i int) bool {
	want := uint64(from)<<32 | uint64(i)
	return len(p) < 16 || binary.LittleEndian.Uint64(p) == want && binary.LittleEndian.Uint64(p[len(p)-8:]) == want
}
