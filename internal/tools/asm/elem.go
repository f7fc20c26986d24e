package main

import (
	"fmt"
	"slices"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// elem is an element type, and the instructions that work on vectors of it. As
// in the assembler, destinations come last.
type elem struct {
	set
	name  string // ends the functions' names
	typ   string // in Go
	size  int    // in bytes
	lanes int    // of a vector

	add, mul, load, broadcast func(...Op)
}

// elems are the element types in vectors of a set.
func elems(s set) []elem {
	return []elem{
		{s, "64" + s.name, "float64", 8, s.bytes / 8, VADDPD, VMULPD, VMOVUPD, VBROADCASTSD},
		{s, "32" + s.name, "float32", 4, s.bytes / 4, VADDPS, VMULPS, VMOVUPS, VBROADCASTSS},
	}
}

// sliceHeader is the size in bytes of a Go slice's header, whose first word is
// the pointer.
const sliceHeader = 24

// shape is that of a filter; zeros: any, given when called.
type shape struct{ rows, cols int }

func (s shape) any() bool { return s == shape{} }

func (s shape) String() string {
	if s.any() {
		return ""
	}
	return fmt.Sprintf("%dx%d", s.rows, s.cols)
}

// phrase is for the functions' comments.
func (s shape) phrase() string {
	if s.any() {
		return "any filter"
	}
	return "a filter of " + s.String()
}

// functionName is, for example, dense2F64 or dense2By4x4F64.
func functionName(what string, f shape, e elem) string {
	if !f.any() {
		what += "By" + f.String()
	}
	return what + "F" + e.name
}

// labels makes labels that are unique within a function.
type labels struct{ n int }

func (l *labels) next(what string) string {
	l.n++
	return fmt.Sprintf("%s%d", what, l.n)
}

// fields are those of the struct args of package simd, 8 bytes each, in order.
var fields = []string{"dst0", "dst1", "from0", "from1", "n", "rows", "first", "step", "filter", "frows", "fcols", "fstride", "pairs", "down", "below"}

// begin starts a function that takes a *args.
func begin(name, doc string) {
	TEXT(name, NOSPLIT, fmt.Sprintf("func(a *[%d]uintptr)", len(fields)))
	Pragma("noescape")
	Doc(doc)
}

// field loads a field of the arguments into a register of its own.
func field(name string) reg.GPVirtual {
	r := Load(Param("a"), GP64()).(reg.GPVirtual)
	MOVQ(Mem{Base: r, Disp: 8 * slices.Index(fields, name)}, r)
	return r
}

// scale multiplies a register by a power of two.
func scale(r reg.Register, by int) {
	shift := 0
	for 1<<shift < by {
		shift++
	}
	SHLQ(U8(shift), r)
}
