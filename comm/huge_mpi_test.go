//go:build mpi && linux && !race

package comm

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"testing"

	"numcomp/comm/transport/transporttest"
)

// huge is a length that no count of MPI holds.
const huge = 1<<31 + 12_345

// TestLaunchedHuge runs TestHuge on two real ranks.
func TestLaunchedHuge(t *testing.T) {
	if testing.Short() {
		t.Skip("moves 8 GiB")
	}
	out, err := onRanks(t, 2, "-test.run", "^TestHuge$", "-test.v", "-test.timeout", "4m")
	if err != nil || bytes.Count(out, []byte("--- PASS: TestHuge (")) != 2 {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestHuge moves more than 2^31 bytes at a time by a message and by collectives.
func TestHuge(t *testing.T) {
	if self == nil {
		t.Skip("TestLaunchedHuge runs it")
	}
	for _, m := range []struct {
		name string
		move func(ctx context.Context, c *Comm, p []byte) error
	}{
		{"Send", func(ctx context.Context, c *Comm, p []byte) error {
			if c.Rank() == 0 {
				return Send(ctx, c, 1, 1, p)
			}
			n, err := Recv(ctx, c, 0, 1, p)
			if err == nil && n != len(p) {
				err = fmt.Errorf("%d elements came, want %d", n, len(p))
			}
			return err
		}},
		{"Bcast", func(ctx context.Context, c *Comm, p []byte) error { return Bcast(ctx, c, p, 0) }},
		{"Scatterv", func(ctx context.Context, c *Comm, p []byte) error { // all for rank 1
			return Scatterv(ctx, c, p, []int{0, len(p)}, nil, p[:len(p)*c.Rank()], 0)
		}},
		{"Gatherv", func(ctx context.Context, c *Comm, p []byte) error { // all of rank 0's, to rank 1
			return Gatherv(ctx, c, p[:len(p)*(1-c.Rank())], p, []int{len(p), 0}, nil, 1)
		}},
	} {
		t.Run(m.name, func(t *testing.T) {
			launched(t, 2, func(ctx context.Context, c *Comm) error {
				p := transporttest.Repeated(t, huge)
				want := make([]byte, transporttest.RepeatedBytes)
				for i := 0; i+8 <= transporttest.RepeatedBytes; i += 8 {
					binary.LittleEndian.PutUint64(want[i:], uint64(i)*0x9E3779B97F4A7C15)
				}
				if c.Rank() == 0 {
					copy(p, want)
				}
				if err := Barrier(ctx, c); err != nil {
					return err
				}
				if err := m.move(ctx, c, p); err != nil {
					return fmt.Errorf("%s: %w", m.name, err)
				}
				if !bytes.Equal(p[:transporttest.RepeatedBytes], want) {
					return fmt.Errorf("%s: rank %d has other bytes", m.name, c.Rank())
				}
				return nil
			})
		})
	}
}
