package shm

import (
	"math/rand/v2"
	"runtime"
	"testing"
	"unsafe"
)

// Two rings, on the heap, where the race detector sees them: what is sent comes, in
// order, through the box and through the circle, and neither is written while the
// other side reads it.
func TestRings(t *testing.T) {
	if n := unsafe.Sizeof(control{}); n != controlBytes {
		t.Fatalf("a control has %d bytes, want %d", n, controlBytes)
	}
	type end struct{ in, out *ring }
	memory := func() (ctl, data []byte) {
		words := make([]uint64, controlBytes/8)
		return unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), controlBytes), make([]byte, 1024)
	}
	c1, d1 := memory()
	c2, d2 := memory()
	ends := []end{{newRing(c1, d1), newRing(c2, d2)}, {newRing(c2, d2), newRing(c1, d1)}}
	boxed := make(chan int, 2)
	const count = 20_000
	for me, e := range ends {
		go func() {
			mine, theirs := rand.New(rand.NewPCG(1, uint64(me))), rand.New(rand.NewPCG(1, uint64(1-me)))
			sent, got, boxes := 0, 0, 0
			var next []byte
			for sent < count || got < count {
				if f, p, q, ok := e.in.get(); ok {
					e.out.heard(f.a)
					if len(p) > 0 && &p[0] == &e.in.box[0] {
						boxes++
					}
					n := theirs.IntN(60)
					if f.kind != eager || f.tag != uint64(got) || len(p)+len(q) != n {
						t.Errorf("message %d of %d bytes: kind %d, tag %d, %d bytes", got, n, f.kind, f.tag, len(p)+len(q))
						break
					}
					for i, b := range append(append([]byte(nil), p...), q...) {
						if b != byte(got+i) {
							t.Errorf("message %d, byte %d is %d, want %d", got, i, b, byte(got+i))
						}
					}
					got++
					e.in.release()
				}
				// At times question and answer, at times many at once.
				for burst := 1 - me + sent/100%10; sent < count && sent < got+burst; sent++ {
					if next == nil {
						next = make([]byte, mine.IntN(60))
						for i := range next {
							next[i] = byte(sent + i)
						}
					}
					if !e.out.putEager(uint64(sent), next, e.in) {
						break
					}
					next = nil
				}
				runtime.Gosched()
			}
			boxed <- boxes
		}()
	}
	for range ends {
		if n := <-boxed; n == 0 {
			t.Error("no message went through the box: this test tests nothing")
		} else {
			t.Logf("%d of %d messages came through the box", n, count)
		}
	}
}
