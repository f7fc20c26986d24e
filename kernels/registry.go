package kernels

import (
	"fmt"
	"strings"
)

// Entry describes a kernel.
type Entry struct {
	// Name is what New and --kernel call it.
	Name string
	// Summary is one line that says what it computes.
	Summary string
	// Params says whether an item has parameters beside its array. Without, all
	// items of one array would be equal: such a kernel needs an array an item.
	Params bool
	// Variants are the names of its implementations, least capable first;
	// Variants[0] is "reference".
	Variants []string
	// Settings are the options that it heeds; it ignores the others.
	Settings []Setting

	tolerances []float64
}

// Setting describes one field of Options.
type Setting struct {
	// Name is the option's name on the command line, without dashes.
	Name string
	// Values says what is accepted.
	Values string
	// Default is what numcomp takes when nothing is said.
	Default string
	// Meaning is one line.
	Meaning string
}

// Tolerance is how far an element of that variant's result may lie from the
// reference's, in ULPs of the sum of the magnitudes that were added up for it
// (see kerneltest.Magnitudes). 0: bit for bit, but for the payloads of NaNs.
func (e Entry) Tolerance(variant int) float64 { return e.tolerances[variant] }

// row is a kernel's line in the table: its description and its constructors.
type row struct {
	Entry
	variants []variant
}

// variant is one implementation of a kernel. Both element types are listed, for
// a table cannot hold a generic function.
type variant struct {
	name      string
	tolerance float64
	// runs tells whether this machine can run it; nil: every machine can.
	runs func() bool
	f32  func(Options) (Kernel[float32], error)
	f64  func(Options) (Kernel[float64], error)
}

// table lists the kernels: a new one is one more line.
func table() []row {
	return []row{
		conv2dRow(),
		expRow(),
	}
}

func (r row) entry() Entry {
	e := r.Entry
	for _, v := range r.variants {
		e.Variants = append(e.Variants, v.name)
		e.tolerances = append(e.tolerances, v.tolerance)
	}
	return e
}

func find(name string) (row, bool) {
	for _, r := range table() {
		if r.Name == name {
			return r, true
		}
	}
	return row{}, false
}

// All describes the kernels, in the order in which to list them. The caller may
// keep and change what it gets.
func All() []Entry {
	var all []Entry
	for _, r := range table() {
		all = append(all, r.entry())
	}
	return all
}

// Lookup describes the kernel of that name.
func Lookup(name string) (Entry, bool) {
	r, ok := find(name)
	if !ok {
		return Entry{}, false
	}
	return r.entry(), true
}

// Best is the index into Variants of the most capable variant that this machine
// runs, or -1 when there is no kernel of that name.
func Best(name string) int {
	r, _ := find(name)
	for i := len(r.variants) - 1; i >= 0; i-- {
		if Runs(name, i) {
			return i
		}
	}
	return -1
}

// Runs tells whether this machine runs a variant of the kernel of that name.
func Runs(name string, variant int) bool {
	r, _ := find(name)
	if variant < 0 || variant >= len(r.variants) {
		return false
	}
	v := r.variants[variant]
	return v.runs == nil || v.runs()
}

// New makes a kernel. It fails when there is no kernel of that name or no such
// variant, when this machine cannot run the variant, or when an option that the
// kernel heeds has no meaning.
func New[T Float](name string, variant int, o Options) (Kernel[T], error) {
	r, ok := find(name)
	if !ok {
		return nil, fmt.Errorf("kernels: no kernel %q: there are %s", name, strings.Join(names(), ", "))
	}
	if variant < 0 || variant >= len(r.variants) {
		return nil, fmt.Errorf("kernels: %s has no variant %d: there are %d, counted from 0", name, variant, len(r.variants))
	}
	v := r.variants[variant]
	if !Runs(name, variant) {
		return nil, fmt.Errorf("kernels: this machine cannot run the variant %q of %s", v.name, name)
	}
	var k any
	var err error
	if _, single := any(T(0)).(float32); single {
		k, err = v.f32(o)
	} else {
		k, err = v.f64(o)
	}
	if err != nil {
		return nil, fmt.Errorf("kernels: %s: %w", name, err)
	}
	return k.(Kernel[T]), nil
}

func names() []string {
	var names []string
	for _, r := range table() {
		names = append(names, r.Name)
	}
	return names
}
