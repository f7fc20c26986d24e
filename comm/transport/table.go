package transport

// Table is what is known of each rank of a world: of many ranks a process asks for
// few, so that not all rows need be there.
type Table[T any] interface {
	// Len is the number of ranks.
	Len() int
	// At is a rank's row. rank must be in [0, Len).
	At(rank int) T
}

// List is a Table that is all there.
type List[T any] []T

// Len implements Table.
func (l List[T]) Len() int { return len(l) }

// At implements Table.
func (l List[T]) At(rank int) T { return l[rank] }
