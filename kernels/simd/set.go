package simd

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

// Float is an element type.
type Float interface{ float32 | float64 }

// Set is a set of instructions, which functions of this package come in.
type Set int

// The sets, least capable first. Where a processor has one it has those before.
const (
	AVX2   Set = iota // vectors of 32 bytes
	AVX512            // of 64 bytes, by AVX-512's foundation alone
)

// Available tells whether this processor, and its operating system, run the
// functions in a set.
func (s Set) Available() bool {
	if s == AVX512 && !cpu.X86.HasAVX512F {
		return false
	}
	return cpu.X86.HasAVX2
}

// bytes is the size of a vector.
func (s Set) bytes() int { return 32 << s }

// Lanes is how many elements a vector of a set holds: the least number that
// [Conv2D] takes.
func Lanes[T Float](s Set) int { return s.bytes() / size[T]() }

// size is that of an element, in bytes.
func size[T Float]() int { return int(unsafe.Sizeof(T(0))) }
