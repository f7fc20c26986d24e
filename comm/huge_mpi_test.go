//go:build mpi && linux && !race

package comm

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// huge is a length that no count of MPI holds.
const huge = 1<<31 + 12_345

// TestLaunchedHuge runs TestHuge on two real ranks.
func TestLaunchedHuge(t *testing.T) {
	if testing.Short() {
		t.Skip("moves 8 GiB")
	}
	if _, err := exec.LookPath("mpirun.openmpi"); err != nil || self != nil {
		t.Skip("TestLaunched says why")
	}
	cmd := exec.Command("mpirun.openmpi", "-np", "2", os.Args[0], "-test.run", "^TestHuge$", "-test.v", "-test.timeout", "4m")
	cmd.Env = append(os.Environ(), launchedVariable+"=1", "OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1", "OMPI_MCA_rmaps_base_oversubscribe=1")
	out, err := cmd.CombinedOutput()
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
				p := repeated(t, huge)
				want := make([]byte, behind)
				for i := 0; i+8 <= behind; i += 8 {
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
				if !bytes.Equal(p[:behind], want) {
					return fmt.Errorf("%s: rank %d has other bytes", m.name, c.Rank())
				}
				return nil
			})
		})
	}
}

// behind is how much memory is behind repeated: a page more than a power of two, so that a
// length cut to 32 bits would put other bytes at the end.
const behind = 16<<20 + 4096

// repeated is n bytes of address space made of the same few bytes of memory over and
// over.
func repeated(t *testing.T, n int) []byte {
	t.Helper()
	fd, err := unix.MemfdCreate("numcomp-test", unix.MFD_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := unix.Ftruncate(fd, behind); err != nil {
		t.Fatal(err)
	}
	base, err := unix.MmapPtr(-1, 0, nil, uintptr(n), unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.MunmapPtr(base, uintptr(n)); err != nil {
			t.Error(err)
		}
	})
	for at := 0; at < n; at += behind {
		_, err := unix.MmapPtr(fd, 0, unsafe.Add(base, at), uintptr(min(behind, n-at)), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_FIXED)
		if err != nil {
			t.Fatal(err)
		}
	}
	return unsafe.Slice((*byte)(base), n)
}
