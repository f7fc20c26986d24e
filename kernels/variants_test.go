package kernels_test

import (
	"testing"

	"golang.org/x/sys/cpu"

	"numcomp/kernels"
	"numcomp/kernels/kerneltest"
)

// TestVariants holds every variant of every kernel that this machine runs to
// the reference.
func TestVariants(t *testing.T) {
	for _, e := range kernels.All() {
		for v, name := range e.Variants {
			t.Run(e.Name+"/"+name, func(t *testing.T) {
				if !kernels.Runs(e.Name, v) {
					t.Skip("this machine cannot run it")
				}
				kerneltest.Run(t, e.Name, v)
			})
		}
	}
}

// TestFeatures switches processor features off: a machine without one runs the
// best variant that does without.
func TestFeatures(t *testing.T) {
	for _, c := range []struct {
		feature      string
		has          *bool
		kernel, best string
	}{
		{"AVX2", &cpu.X86.HasAVX2, "conv2d", "go"},
		{"AVX2", &cpu.X86.HasAVX2, "exp", "go"},
	} {
		saved := *c.has
		*c.has = false
		e, _ := kernels.Lookup(c.kernel)
		if best := e.Variants[kernels.Best(c.kernel)]; best != c.best {
			t.Errorf("%s without %s runs %s, want %s", c.kernel, c.feature, best, c.best)
		}
		last := len(e.Variants) - 1
		if _, err := kernels.New[float64](c.kernel, last, kernels.Options{Stride: 1}); err == nil || kernels.Runs(c.kernel, last) {
			t.Errorf("%s without %s: its variant %s is made", c.kernel, c.feature, e.Variants[last])
		}
		if *c.has = saved; saved && kernels.Best(c.kernel) != last {
			t.Errorf("%s with %s does not run %s", c.kernel, c.feature, e.Variants[last])
		}
	}
}
