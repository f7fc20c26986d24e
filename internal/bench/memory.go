package bench

import "numcomp/internal/mapped"

// memory are the buffers of one rank: mapped, as the program's own arrays are, from
// huge pages where mapped asks for them, and touched. Part of what bench/measure.h does
// alike: what kind of pages a message comes from is part of what it costs.
type memory struct{ frees []func() }

// take is a buffer of n elements of m's, until m is freed.
func take[T mapped.Plain](m *memory, n int) ([]T, error) {
	p, free, err := mapped.Alloc[T](n)
	if err != nil {
		return nil, err
	}
	m.frees = append(m.frees, free)
	for i := range p {
		p[i] = 1
	}
	return p, nil
}

// free gives all back.
func (m *memory) free() {
	for _, free := range m.frees {
		free()
	}
	m.frees = nil
}
