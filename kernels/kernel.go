package kernels

// Float is the element type of arrays.
type Float interface{ float32 | float64 }

// Shape is the shape of a 2-D array.
type Shape struct{ Rows, Cols int }

// Array is a dense 2-D array in row-major order: element (i, j) is
// Data[i*Cols+j], and len(Data) is Rows*Cols. It does not own its memory. What Data
// has capacity for beyond its length is neither read nor written, but may be asked of
// memory ahead of time: the next array, where many lie one after the other.
type Array[T Float] struct {
	Rows, Cols int
	Data       []T
}

// Shape is the array's shape.
func (a Array[T]) Shape() Shape { return Shape{a.Rows, a.Cols} }

// Kernel maps (array, parameters) to a result whose shape it can tell in
// advance. A Kernel is immutable and may be used by several goroutines at once.
type Kernel[T Float] interface {
	// Result is the shape of the result for an array and parameters of these
	// shapes, or an error that says why there is none: a dimension below 1, or
	// an extent or a size in bytes that does not fit an int. A kernel without
	// parameters ignores params.
	Result(array, params Shape) (Shape, error)
	// Apply computes the result into dst, whose shape is Result's and which
	// overlaps neither array nor params; both are only read, and every element
	// of dst is written. A kernel without parameters ignores params. The bits
	// written depend on the values of array and params and on the kernel's
	// variant only. Apply panics if the shapes are not as stated.
	Apply(dst, array, params Array[T])
}
