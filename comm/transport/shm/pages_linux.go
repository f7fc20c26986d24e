package shm

import (
	"os"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// hugePage is the size of a huge page on x86-64, and on arm64 where pages are of 4 KiB.
const hugePage = 2 << 20

// mapFile maps n bytes of a descriptor. From a huge page's size on they start at the
// boundary of one: what lies elsewhere in two processes or across boundaries is mapped
// in small pages, even where the memory itself is huge ones.
func mapFile(fd, n, prot int) ([]byte, error) {
	if n < hugePage {
		p, err := unix.MmapPtr(fd, 0, nil, uintptr(n), prot, unix.MAP_SHARED)
		if err != nil {
			return nil, err
		}
		return unsafe.Slice((*byte)(p), n), nil
	}
	// Addresses are reserved, and those that are not needed given back.
	room := pages(n) + hugePage
	from, err := unix.MmapPtr(-1, 0, nil, room, unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return nil, err
	}
	before := -uintptr(from) % hugePage
	p := unsafe.Add(from, before)
	if _, err := unix.MmapPtr(fd, 0, p, uintptr(n), prot, unix.MAP_SHARED|unix.MAP_FIXED); err != nil {
		release(from, room)
		return nil, err
	}
	release(from, before)
	release(unsafe.Add(p, pages(n)), hugePage-before)
	return unsafe.Slice((*byte)(p), n), nil
}

// pages is n rounded up to pages.
func pages(n int) uintptr {
	page := uintptr(os.Getpagesize())
	return (uintptr(n) + page - 1) &^ (page - 1)
}

// unmap ends a mapping by mapFile.
func unmap(mem []byte) { release(unsafe.Pointer(unsafe.SliceData(mem)), uintptr(len(mem))) }

// release gives back addresses of our own, which cannot fail.
func release(p unsafe.Pointer, n uintptr) {
	if n > 0 {
		_ = unix.MunmapPtr(p, n)
	}
}

// populate has memory by mapFile taken at once, in huge pages. A page of each is
// touched, which the system then makes a huge one: that takes no longer than the faults
// of small pages (ADR 0020). It is advice: without huge pages, or before Linux 6.1, which
// does not know how, memory is taken as it is written.
func populate(mem []byte) {
	const piece = 64 << 20 // a call waits for all CPUs once
	for whole := mem[:len(mem)&^(hugePage-1)]; len(whole) > 0; {
		part := whole[:min(piece, len(whole))]
		for at := 0; at < len(part); at += hugePage {
			atomic.AddUint32((*uint32)(unsafe.Pointer(&part[at])), 0)
		}
		if err := unix.Madvise(part, unix.MADV_COLLAPSE); err != nil {
			return
		}
		whole = whole[len(part):]
	}
}
