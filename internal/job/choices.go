package job

import (
	"fmt"
	"slices"
	"strings"
)

// Distribution is how arrays get to the ranks.
type Distribution string

// Schedule is how items get to the ranks.
type Schedule string

// WorkMode is what a rank does during an item's work time.
type WorkMode string

// Fill is what generated arrays hold.
type Fill string

// DType is the type of an array's elements.
type DType string

const (
	// Auto leaves the distribution to what the input and the kernel demand, else
	// to Broadcast. A Plan never has it.
	Auto Distribution = ""
	// Broadcast gives one array to every rank; items differ by parameters.
	Broadcast Distribution = "broadcast"
	// Scatter gives every rank its items' arrays; every item has its own.
	Scatter Distribution = "scatter"

	// Static gives rank r of p the items from floor(r n/p) to floor((r+1) n/p).
	Static Schedule = "static"
	// Dynamic lets ranks take the next chunk of items whenever they are free.
	Dynamic Schedule = "dynamic"

	// Compute repeats the kernel.
	Compute WorkMode = "compute"
	// Sleep does nothing, to measure the run-time's own overhead.
	Sleep WorkMode = "sleep"

	// Random holds uniform numbers in [0, 1).
	Random Fill = "random"
	// Zeros holds zeros.
	Zeros Fill = "zeros"
	// Ramp holds (item + index) mod 1024, divided by 1024.
	Ramp Fill = "ramp"

	// Float64 is IEEE 754 binary64, 8 bytes.
	Float64 DType = "float64"
	// Float32 is IEEE 754 binary32, 4 bytes.
	Float32 DType = "float32"
)

// Bytes is the size of one element.
func (d DType) Bytes() int {
	if d == Float32 {
		return 4
	}
	return 8
}

// ParseDistribution is the distribution of that name.
func ParseDistribution(name string) (Distribution, error) {
	return choose(name, Broadcast, Scatter)
}

// ParseSchedule is the schedule of that name.
func ParseSchedule(name string) (Schedule, error) { return choose(name, Static, Dynamic) }

// ParseWorkMode is the work mode of that name.
func ParseWorkMode(name string) (WorkMode, error) { return choose(name, Compute, Sleep) }

// ParseFill is the fill of that name.
func ParseFill(name string) (Fill, error) { return choose(name, Random, Zeros, Ramp) }

// ParseDType is the element type of that name.
func ParseDType(name string) (DType, error) { return choose(name, Float64, Float32) }

func choose[S ~string](name string, accepted ...S) (S, error) {
	if slices.Contains(accepted, S(name)) {
		return S(name), nil
	}
	words := make([]string, len(accepted))
	for i, a := range accepted {
		words[i] = string(a)
	}
	return "", fmt.Errorf("%q is none of %s", name, strings.Join(words, ", "))
}
