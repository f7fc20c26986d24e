package comm

import "unsafe"

// scratch is temporary memory of a collective, aligned for every Element.
type scratch struct{ words []uint64 }

// newScratch returns n bytes from the pool. Their content is arbitrary.
func (w *world) newScratch(n int) *scratch {
	need := (n + 7) / 8
	if s, ok := w.scratch.Get().(*scratch); ok && cap(s.words) >= need {
		s.words = s.words[:need]
		return s
	}
	return &scratch{words: make([]uint64, need)}
}

// bytes is the first n bytes of s.
func (s *scratch) bytes(n int) []byte {
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s.words))), n)
}
