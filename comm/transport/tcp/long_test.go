//go:build linux && !race

package tcp

import (
	"encoding/binary"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// repeated is n bytes of address space made of the same few bytes of memory over
// and over.
func repeated(t *testing.T, n int) []byte {
	t.Helper()
	fd, err := unix.MemfdCreate("numcomp-test", unix.MFD_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := unix.Ftruncate(fd, window); err != nil {
		t.Fatal(err)
	}
	base, err := unix.MmapPtr(-1, 0, nil, uintptr(n), unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
	if err != nil {
		t.Skipf("no address space for %d bytes: %v", n, err)
	}
	t.Cleanup(func() {
		if err := unix.MunmapPtr(base, uintptr(n)); err != nil {
			t.Error(err)
		}
	})
	for at := 0; at < n; at += window {
		_, err := unix.MmapPtr(fd, 0, unsafe.Add(base, at), uintptr(min(window, n-at)), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_FIXED)
		if err != nil {
			t.Fatal(err)
		}
	}
	return unsafe.Slice((*byte)(base), n)
}

// window is the memory behind a repeated slice: a page more than a power of two,
// so that a length cut to 32 bits would put other bytes at the end.
const window = 16<<20 + 4096

// TestMessageOver4GiB sends one message whose length has more than 32 bits.
func TestMessageOver4GiB(t *testing.T) {
	if testing.Short() {
		t.Skip("moves 4 GiB")
	}
	const n = 1<<32 + 12_345
	out, in := repeated(t, n), repeated(t, n)
	for i := 0; i+8 <= window; i += 8 {
		binary.LittleEndian.PutUint64(out[i:], uint64(i)*0x9E3779B97F4A7C15)
	}
	ranks := newWorldOf(t, 2, "127.0.0.1", Options{})
	ctx := testContext(t)
	sent := ranks[0].Isend(1, 1, out)
	received := ranks[1].Irecv(0, 1, in)
	if err := ranks[1].Wait(ctx, received); err != nil {
		t.Fatal(err)
	}
	if err := ranks[0].Wait(ctx, sent); err != nil {
		t.Fatal(err)
	}
	if sent.N() != n || received.N() != n {
		t.Fatalf("%d bytes sent, %d received, want %d", sent.N(), received.N(), n)
	}
	for i := range window {
		if in[i] != out[i] {
			t.Fatalf("byte %d differs", i)
		}
	}
}
