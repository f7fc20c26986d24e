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

// TestFeatures switches processor features on and off: a machine without one runs
// the best variant that does without.
func TestFeatures(t *testing.T) {
	defer func(avx2, avx512 bool) {
		cpu.X86.HasAVX2, cpu.X86.HasAVX512F = avx2, avx512
	}(cpu.X86.HasAVX2, cpu.X86.HasAVX512F)
	for _, c := range []struct {
		avx2, avx512 bool
		best         string
	}{
		{false, false, "go"},
		{true, false, "avx2"},
		{true, true, "avx512"},
		{false, true, "go"},
	} {
		cpu.X86.HasAVX2, cpu.X86.HasAVX512F = c.avx2, c.avx512
		for _, e := range kernels.All() {
			best := kernels.Best(e.Name)
			if e.Variants[best] != c.best {
				t.Errorf("%s with AVX2 %v and AVX512F %v runs %s, want %s", e.Name, c.avx2, c.avx512, e.Variants[best], c.best)
			}
			for v, name := range e.Variants {
				_, err := kernels.New[float64](e.Name, v, kernels.Options{Stride: 1})
				if made := err == nil; made != (v <= best) || kernels.Runs(e.Name, v) != made {
					t.Errorf("%s with AVX2 %v and AVX512F %v: its variant %s is made: %v", e.Name, c.avx2, c.avx512, name, made)
				}
			}
		}
	}
}
