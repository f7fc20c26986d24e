package kernels_test

import (
	"testing"

	"numcomp/kernels"
	"numcomp/kernels/kerneltest"
)

// TestVariants holds every variant of every kernel that this machine runs to
// the reference.
func TestVariants(t *testing.T) {
	for _, e := range kernels.All() {
		for v, name := range e.Variants {
			t.Run(e.Name+"/"+name, func(t *testing.T) {
				kerneltest.Run(t, e.Name, v)
			})
		}
	}
}
