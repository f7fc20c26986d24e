package job

import (
	"math"
	"slices"
	"testing"

	"numcomp/kernels"
)

// TestMixIsSplitMix64 compares with the published outputs for the seed 1234567.
func TestMixIsSplitMix64(t *testing.T) {
	state := uint64(1234567)
	for i, want := range []uint64{6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821} {
		state += golden
		if got := mix(state); got != want {
			t.Errorf("output %d is %d, want %d", i, got, want)
		}
	}
}

// TestGeneratedDataStayTheSame pins the data: results recorded with one version
// must be comparable with those of the next. The values follow from SplitMix64 by
// exact arithmetic; scripts in any language can make them.
func TestGeneratedDataStayTheSame(t *testing.T) {
	array, params := make([]float64, 3), make([]float64, 3)
	generateArray(array, Random, 1, 0)
	generateParams(params, 1, 0)
	if want := wantArray; !slices.Equal(array, want) {
		t.Errorf("array %v, want %v", array, want)
	}
	if want := wantParams; !slices.Equal(params, want) {
		t.Errorf("parameters %v, want %v", params, want)
	}
	single := make([]float32, 3)
	generateArray(single, Random, 1, 0)
	for i, x := range single {
		if want := math.Floor(wantArray[i]*(1<<24)) / (1 << 24); float64(x) != want {
			t.Errorf("float32 element %d is %v, want %v cut off: %v", i, x, wantArray[i], want)
		}
	}
}

func TestGeneratedRanges(t *testing.T) {
	ranges[float64](t)
	ranges[float32](t)
}

func ranges[T kernels.Float](t *testing.T) {
	const n = 100_000
	p := make([]T, n)
	check := func(name string, lo, hi T) {
		t.Helper()
		var mean float64
		for _, x := range p {
			if x < lo || x >= hi {
				t.Fatalf("%T %s: %v is outside [%v, %v)", x, name, x, lo, hi)
			}
			mean += float64(x) / n
		}
		// The mean of n uniform numbers has a standard deviation of
		// (hi-lo)/sqrt(12 n): six of them are never seen with a good generator.
		if dev := float64(hi-lo) / math.Sqrt(12*n); math.Abs(mean-float64(lo+hi)/2) > 6*dev {
			t.Errorf("%s: mean %v", name, mean)
		}
	}
	generateArray(p, Random, 7, 3)
	check("random", 0, 1)
	generateParams(p, 7, 3)
	check("parameters", -1, 1)
}

func TestItemsAndSeedsDiffer(t *testing.T) {
	seen := map[float64][3]int{}
	for seed := range 20 {
		for item := range 50 {
			for stream, fill := range []func(dst []float64){
				func(dst []float64) { generateArray(dst, Random, uint64(seed), item) },
				func(dst []float64) { generateParams(dst, uint64(seed), item) },
			} {
				p := make([]float64, 2)
				fill(p)
				for _, x := range p {
					if other, ok := seen[x]; ok {
						t.Errorf("seed, item, stream %v and %v share %v", [3]int{seed, item, stream}, other, x)
					}
					seen[x] = [3]int{seed, item, stream}
				}
			}
		}
	}
}

func TestRampAndZeros(t *testing.T) {
	p := make([]float32, 2000)
	generateArray(p, Ramp, 9, 1030)
	for i, x := range p {
		if want := float32((1030+i)%1024) / 1024; x != want {
			t.Fatalf("element %d is %v, want %v", i, x, want)
		}
	}
	generateArray(p, Zeros, 9, 3)
	if slices.ContainsFunc(p, func(x float32) bool { return x != 0 }) {
		t.Error("zeros are not zero")
	}
	// Parameters are random whatever fills the arrays.
	generateParams(p, 9, 0)
	if !slices.ContainsFunc(p, func(x float32) bool { return x != 0 }) {
		t.Error("parameters are zero")
	}
}

// Computed apart, in another language, from the definition in generate.go.
var (
	wantArray  = []float64{0.6935121390102292, 0.9717668398552313, 0.4265688115847973}
	wantParams = []float64{0.24108621342871195, -0.019091624325146217, -0.07118447003325645}
)
