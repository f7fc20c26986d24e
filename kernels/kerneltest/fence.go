package kerneltest

import (
	"os"
	"runtime/debug"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"numcomp/kernels"
)

// fence is memory between two pages that can be neither read nor written: what
// touches a single byte outside of it is found out, also when what it reads is
// never used.
type fence struct {
	all    []byte
	inside []byte
}

// newFence makes one of at least n bytes. Release it.
func newFence(n int) (*fence, error) {
	page := os.Getpagesize()
	n = (n + page - 1) / page * page
	all, err := unix.Mmap(-1, 0, n+2*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return nil, err
	}
	f := &fence{all, all[page : page+n]}
	for _, guard := range [][]byte{all[:page], all[page+n:]} {
		if err := unix.Mprotect(guard, unix.PROT_NONE); err != nil {
			f.release()
			return nil, err
		}
	}
	return f, nil
}

func (f *fence) release() { unix.Munmap(f.all) }

// fenced copies a to the fence's first bytes, or to its last ones.
func fenced[T kernels.Float](f *fence, a kernels.Array[T], last bool) kernels.Array[T] {
	all := unsafe.Slice((*T)(unsafe.Pointer(&f.inside[0])), len(f.inside)/int(unsafe.Sizeof(T(0))))
	n := len(a.Data)
	if last {
		all = all[len(all)-n:]
	}
	copy(all[:n], a.Data)
	a.Data = all[:n:n]
	return a
}

// fences applies the variant to arrays that begin, and that end, where memory does.
func (s *subject[T]) fences(t *testing.T) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	var fences [3]*fence
	for i := range fences {
		f, err := newFence(1 << 20)
		if err != nil {
			t.Fatal(err)
		}
		defer f.release()
		fences[i] = f
	}
	failed := 0
	n := 0
	for c := range Cases(s.entry) {
		if n++; skipped(n) {
			continue
		}
		k := s.kernel(t, s.variant, c.Options)
		array, params := Inputs[T](c)
		shape, err := k.Result(array.Shape(), params.Shape())
		if err != nil {
			continue
		}
		want := newArray[T](shape)
		k.Apply(want, array, params)
		for _, last := range []bool{false, true} {
			dst := fenced(fences[0], newArray[T](shape), last)
			fault := faults(func() { k.Apply(dst, fenced(fences[1], array, last), fenced(fences[2], params, last)) })
			for i := range want.Data {
				if fault == nil && bits(dst.Data[i]) != bits(want.Data[i]) {
					t.Errorf("%v: element %s is %v, and %v when the arrays lie elsewhere", c, index(i, shape), dst.Data[i], want.Data[i])
					failed++
					break
				}
			}
			if fault != nil {
				t.Errorf("%v: touches memory outside of the arrays, which are at the end of a page: %v, the start: %v: %v", c, last, !last, fault)
				failed++
			}
		}
		if failed >= 10 {
			t.Fatal("and so on: 10 cases failed")
		}
	}
}

// faults is what f panicked with.
func faults(f func()) (fault any) {
	defer func() { fault = recover() }()
	f()
	return nil
}
