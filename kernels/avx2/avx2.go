package avx2

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

// Float is an element type.
type Float interface{ float32 | float64 }

// Available tells whether this processor, and its operating system, run the
// functions of this package.
func Available() bool { return cpu.X86.HasAVX2 }

// Lanes is how many elements a vector holds: the least number that the functions
// take.
func Lanes[T Float]() int { return 32 / size[T]() }

// size is that of an element, in bytes.
func size[T Float]() int { return int(unsafe.Sizeof(T(0))) }
