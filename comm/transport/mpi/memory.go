//go:build mpi

package mpi

// #include <stdlib.h>
import "C"

import (
	"runtime"
	"runtime/cgo"
	"sync"
	"sync/atomic"
	"unsafe"
)

// pins keep buffers where they are: C may keep a pointer to Go's memory only while
// it is pinned, and a Pinner must not be forgotten before it is released. Memory
// outside Go's heap stays by itself.
type pins struct {
	mu   sync.Mutex
	held map[*request]*runtime.Pinner
}

func (p *pins) hold(r *request, b []byte) {
	if len(b) == 0 {
		return
	}
	var pin runtime.Pinner
	pin.Pin(unsafe.SliceData(b))
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held == nil {
		p.held = map[*request]*runtime.Pinner{}
	}
	p.held[r] = &pin
	r.held = true
}

func (p *pins) release(r *request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if pin := p.held[r]; pin != nil {
		pin.Unpin()
		delete(p.held, r)
	}
	r.held = false
}

// close keeps what is still held for good: MPI may come back to it.
func (p *pins) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.held) > 0 {
		cgo.NewHandle(p.held)
		p.held = nil
	}
}

// envelopes is memory of C's for envelopes, used again and again. What MPI has not
// given back when the transport closes stays with it.
type envelopes struct {
	next [2]atomic.Pointer[byte] // one of each, taken and given without the lock
	mu   sync.Mutex
	free [2][][]byte // small, large
}

// smallEnvelope holds most messages of control.
const smallEnvelope = 128

// take returns at least n bytes, of at most short+1.
func (e *envelopes) take(n int) []byte {
	class, size := 0, smallEnvelope
	if n > smallEnvelope {
		class, size = 1, short+1
	}
	if b := e.next[class].Swap(nil); b != nil {
		return unsafe.Slice(b, size)
	}
	e.mu.Lock()
	if last := len(e.free[class]) - 1; last >= 0 {
		b := e.free[class][last]
		e.free[class] = e.free[class][:last]
		e.mu.Unlock()
		return b
	}
	e.mu.Unlock()
	return unsafe.Slice((*byte)(C.malloc(C.size_t(size))), size)
}

// give takes b back.
func (e *envelopes) give(b []byte) {
	class := 0
	if len(b) > smallEnvelope {
		class = 1
	}
	if e.next[class].CompareAndSwap(nil, unsafe.SliceData(b)) {
		return
	}
	e.mu.Lock()
	e.free[class] = append(e.free[class], b)
	e.mu.Unlock()
}

// close frees what was given back.
func (e *envelopes) close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for class, all := range e.free {
		C.free(unsafe.Pointer(e.next[class].Swap(nil)))
		for _, b := range all {
			C.free(unsafe.Pointer(unsafe.SliceData(b)))
		}
		e.free[class] = nil
	}
}
