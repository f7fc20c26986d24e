package tcp

// fifo is a queue that keeps its memory. The zero fifo is empty.
type fifo[T any] struct {
	items []T
	head  int
}

func (f *fifo[T]) len() int { return len(f.items) - f.head }

// first is the oldest item, which must be there.
func (f *fifo[T]) first() *T { return &f.items[f.head] }

func (f *fifo[T]) push(v T) {
	// Without this a queue that is never empty would grow for ever.
	if f.head > 32 && f.head > len(f.items)/2 {
		n := copy(f.items, f.items[f.head:])
		clear(f.items[n:])
		f.items, f.head = f.items[:n], 0
	}
	f.items = append(f.items, v)
}

// keep bounds the memory, in items, that an empty fifo holds on to.
const keep = 64

// pop takes the oldest item. The fifo must not be empty.
func (f *fifo[T]) pop() T {
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
