package tcp

import (
	"context"
	"fmt"
	"testing"
)

// BenchmarkPingPong is the half round trip between two ranks of one process over
// loopback; ns/op is one way.
func BenchmarkPingPong(b *testing.B) {
	for _, s := range []struct {
		name string
		n    int
	}{{"8B", 8}, {"1KiB", 1 << 10}, {"64KiB", 64 << 10}, {"1MiB", 1 << 20}, {"8MiB", 8 << 20}} {
		b.Run(s.name, func(b *testing.B) {
			ranks := newWorldOf(b, 2, "127.0.0.1", Options{})
			ctx := context.Background()
			in, out := make([]byte, s.n), make([]byte, s.n)
			other := make([]byte, s.n)
			rounds := b.N/2 + 1
			echoed := make(chan error, 1)
			go func() {
				echoed <- func() error {
					for range rounds + 1 {
						if err := ranks[1].Wait(ctx, ranks[1].Irecv(0, 1, other)); err != nil {
							return err
						}
						if err := ranks[1].Wait(ctx, ranks[1].Isend(0, 1, other)); err != nil {
							return err
						}
					}
					return nil
				}()
			}()
			round := func() error {
				if err := ranks[0].Wait(ctx, ranks[0].Isend(1, 1, out)); err != nil {
					return err
				}
				return ranks[0].Wait(ctx, ranks[0].Irecv(1, 1, in))
			}
			if err := round(); err != nil { // opens the connection
				b.Fatal(err)
			}
			b.SetBytes(int64(s.n))
			b.ReportAllocs()
			b.ResetTimer()
			for range rounds {
				if err := round(); err != nil {
					b.Fatal(err)
				}
			}
			b.StopTimer()
			if err := <-echoed; err != nil {
				b.Fatal(err)
			}
		})
	}
}

// BenchmarkOpen is a connection, from the first message to its delivery.
func BenchmarkOpen(b *testing.B) {
	for range b.N {
		b.StopTimer()
		ranks := newWorldOf(b, 2, "127.0.0.1", Options{})
		b.StartTimer()
		p := make([]byte, 8)
		if err := ranks[0].Wait(context.Background(), ranks[0].Isend(1, 1, p)); err != nil {
			b.Fatal(err)
		}
		if err := ranks[1].Wait(context.Background(), ranks[1].Irecv(0, 1, p)); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		for _, r := range ranks {
			r.Close()
		}
		b.StartTimer()
	}
}

// BenchmarkStream is small messages in one direction; ns/op is one message.
func BenchmarkStream(b *testing.B) {
	for _, n := range []int{8, 1 << 10, 16 << 10} {
		b.Run(fmt.Sprintf("%dB", n), func(b *testing.B) {
			ranks := newWorldOf(b, 2, "127.0.0.1", Options{})
			ctx := context.Background()
			sent := make(chan error, 1)
			go func() {
				p := make([]byte, n)
				for range b.N {
					if err := ranks[0].Wait(ctx, ranks[0].Isend(1, 1, p)); err != nil {
						sent <- err
						return
					}
				}
				sent <- nil
			}()
			p := make([]byte, n)
			b.SetBytes(int64(n))
			for range b.N {
				if err := ranks[1].Wait(ctx, ranks[1].Irecv(0, 1, p)); err != nil {
					b.Fatal(err)
				}
			}
			if err := <-sent; err != nil {
				b.Fatal(err)
			}
		})
	}
}
