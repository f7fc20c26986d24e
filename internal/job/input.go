package job

// Stack is an array that was read from a file: two dimensions, rows and columns,
// or three, items, rows and columns.
type Stack struct {
	// Shape has the dimensions, the last one varying fastest in Data.
	Shape []int
	// Data is in C order. It belongs to who made the Stack; Run only reads it, and
	// no longer once it has returned.
	Data []float64
}

// Input is what rank 0 read. What is nil is generated.
type Input struct {
	// Arrays is the array to broadcast, or an array for every item.
	Arrays *Stack
	// Filters are the parameters of all items, or parameters for every item.
	Filters *Stack
}
