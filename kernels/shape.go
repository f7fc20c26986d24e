package kernels

import (
	"errors"
	"fmt"
	"math"
	"unsafe"
)

// Misuse of Apply: Result was not asked, or its answer not followed.
const (
	badDst    = "kernels: dst is not of the shape that Result gives"
	badArray  = "kernels: len(array.Data) is not array.Rows*array.Cols"
	badParams = "kernels: len(params.Data) is not params.Rows*params.Cols"
)

var errTooBig = errors.New("more bytes than an int can count")

// String is "RxC", as the command line writes shapes.
func (s Shape) String() string { return fmt.Sprintf("%dx%d", s.Rows, s.Cols) }

// Size is the number of elements of an array of shape s, or an error when a
// dimension is below 1 or when the array's bytes do not fit an int.
func Size[T Float](s Shape) (int, error) {
	if s.Rows < 1 || s.Cols < 1 {
		return 0, errors.New("every dimension must be at least 1")
	}
	if s.Rows > math.MaxInt/int(unsafe.Sizeof(T(0)))/s.Cols {
		return 0, errTooBig
	}
	return s.Rows * s.Cols, nil
}

// check panics unless a's data fits its shape.
func (a Array[T]) check(msg string) {
	if n, err := Size[T](a.Shape()); err != nil || n != len(a.Data) {
		panic(msg)
	}
}
