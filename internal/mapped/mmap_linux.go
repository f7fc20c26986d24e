package mapped

import (
	"sync"

	"golang.org/x/sys/unix"
)

// mmap maps nbytes > 0 bytes of zeroed anonymous memory.
func mmap(nbytes int) ([]byte, func(), error) {
	b, err := unix.Mmap(-1, 0, nbytes, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return nil, nil, err
	}
	if nbytes >= hugeBytes {
		// Advice only: a kernel without huge pages refuses it and nothing is lost.
		_ = unix.Madvise(b, unix.MADV_HUGEPAGE)
	}
	// Munmap of a whole mapping of our own fails for no reason that a caller
	// could act upon.
	free := sync.OnceFunc(func() { _ = unix.Munmap(b) })
	return b, free, nil
}
