package match

// Fifo is a queue that keeps its memory. The zero Fifo is empty.
type Fifo[T any] struct {
	items []T
	head  int
}

// Len is the number of items.
func (f *Fifo[T]) Len() int { return len(f.items) - f.head }

// First is the oldest item, which must be there.
func (f *Fifo[T]) First() *T { return &f.items[f.head] }

// Push appends v.
func (f *Fifo[T]) Push(v T) {
	// Without this a queue that is never empty would grow for ever.
	if f.head > 32 && f.head > len(f.items)/2 {
		n := copy(f.items, f.items[f.head:])
		clear(f.items[n:])
		f.items, f.head = f.items[:n], 0
	}
	f.items = append(f.items, v)
}

// keep bounds the memory, in items, that an empty Fifo holds on to.
const keep = 64

// Pop takes the oldest item, which must be there.
func (f *Fifo[T]) Pop() T {
	v := f.items[f.head]
	var zero T
	f.items[f.head] = zero
	f.head++
	if f.head == len(f.items) {
		f.items, f.head = f.items[:0], 0
		if cap(f.items) > keep {
			f.items = nil
		}
	}
	return v
}
