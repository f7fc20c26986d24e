package kernels

import (
	"fmt"
	"slices"
	"strings"
)

// Options are what kernels can be told. A kernel ignores the options that its
// [Entry.Settings] does not list.
type Options struct {
	// Mode says how much of the convolution is kept.
	Mode Mode
	// Boundary says what lies outside of the image.
	Boundary Boundary
	// FillValue is what lies there under BoundaryFill; float32 kernels round it.
	FillValue float64
	// Stride keeps every Stride-th row and column of the result, from the first
	// on. At least 1.
	Stride int
	// ComputeAll computes every output and then drops those that Stride does not
	// keep, as scipy does. The bits that are kept are the same by any one method;
	// MethodAuto may choose another one, for its costs are others.
	ComputeAll bool
	// Method says how a convolution is computed. The reference is always direct.
	Method Method
}

// Method is how a convolution is computed.
type Method int

const (
	// MethodDirect adds up the terms of every output, in the reference's order: its bits.
	MethodDirect Method = iota
	// MethodAuto is the method that a model of costs takes for the fastest, by the
	// shapes, the type, the options and whether the filter is of rank 1.
	MethodAuto
	// MethodSeparable convolves with a row and then with a column, where the filter
	// is their product to within some ULPs of each element, and else directly.
	MethodSeparable
	// MethodFFT multiplies Fourier transforms, tile by tile.
	MethodFFT
)

var methodNames = []string{"direct", "auto", "separable", "fft"}

// String is the command line's name of m.
func (m Method) String() string { return nameOf(methodNames, int(m), "Method") }

// ParseMethod is the method of that name: "direct", "auto", "separable" or "fft".
func ParseMethod(name string) (Method, error) {
	i, err := indexOf(methodNames, name, "method")
	return Method(i), err
}

// Mode is how much of a convolution is kept: scipy's full, same or valid.
type Mode int

const (
	// Full keeps every output that the filter touches the image for.
	Full Mode = iota
	// Same keeps an output for every element of the image, centred in Full.
	Same
	// Valid keeps the outputs that need nothing outside of the image.
	Valid
)

var modeNames = []string{"full", "same", "valid"}

// String is scipy's name of m.
func (m Mode) String() string { return nameOf(modeNames, int(m), "Mode") }

// ParseMode is the mode of that name: "full", "same" or "valid".
func ParseMode(name string) (Mode, error) {
	i, err := indexOf(modeNames, name, "mode")
	return Mode(i), err
}

// Boundary is what lies outside of an image: scipy's fill, wrap or symm.
type Boundary int

const (
	// BoundaryFill is Options.FillValue everywhere outside.
	BoundaryFill Boundary = iota
	// BoundaryWrap repeats the image periodically: ... c | a b c | a b c | a ...
	BoundaryWrap
	// BoundarySymm mirrors the image at its edges, the edge element twice, with
	// a period of twice the extent: ... c b a | a b c | c b a | a ...
	BoundarySymm
)

var boundaryNames = []string{"fill", "wrap", "symm"}

// String is scipy's name of b.
func (b Boundary) String() string { return nameOf(boundaryNames, int(b), "Boundary") }

// ParseBoundary is the boundary of that name: "fill", "wrap" or "symm".
func ParseBoundary(name string) (Boundary, error) {
	i, err := indexOf(boundaryNames, name, "boundary")
	return Boundary(i), err
}

func nameOf(names []string, i int, kind string) string {
	if i < 0 || i >= len(names) {
		return fmt.Sprintf("%s(%d)", kind, i)
	}
	return names[i]
}

func indexOf(names []string, name, kind string) (int, error) {
	i := slices.Index(names, name)
	if i < 0 {
		return 0, fmt.Errorf("%s %q: must be one of %s", kind, name, strings.Join(names, ", "))
	}
	return i, nil
}
