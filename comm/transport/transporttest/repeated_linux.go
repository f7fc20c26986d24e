package transporttest

import (
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// RepeatedBytes is the memory behind a Repeated slice: a page more than a power of two,
// so that a length cut to 32 bits would put other bytes at the end.
const RepeatedBytes = 16<<20 + 4096

// Repeated is n bytes of address space made of the same few bytes of memory over and
// over, until the test has ended.
func Repeated(t *testing.T, n int) []byte {
	t.Helper()
	fd, err := unix.MemfdCreate("numcomp-test", unix.MFD_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := unix.Ftruncate(fd, RepeatedBytes); err != nil {
		t.Fatal(err)
	}
	base, err := unix.MmapPtr(-1, 0, nil, uintptr(n), unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
	if err != nil {
		t.Fatalf("no address space for %d bytes: %v", n, err)
	}
	t.Cleanup(func() {
		if err := unix.MunmapPtr(base, uintptr(n)); err != nil {
			t.Error(err)
		}
	})
	for at := 0; at < n; at += RepeatedBytes {
		_, err := unix.MmapPtr(fd, 0, unsafe.Add(base, at), uintptr(min(RepeatedBytes, n-at)), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_FIXED)
		if err != nil {
			t.Fatal(err)
		}
	}
	return unsafe.Slice((*byte)(base), n)
}
