package simd

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"testing"
	"unsafe"
)

// TestTestable: a CI machine without AVX2 would pass with that assembly untested. (AVX512
// is tested in a machine that is emulated.)
func TestTestable(t *testing.T) {
	if runtime.GOARCH == "amd64" && os.Getenv("CI") == "true" && !AVX2.Available() {
		t.Error("this processor has no AVX2: run CI on one that has")
	}
}

func TestConv2D(t *testing.T) { eachSet(t, testConv2D[float64], testConv2D[float32]) }

// eachSet tests both types with the sets that this processor has.
func eachSet(t *testing.T, double, single func(*testing.T, Set)) {
	for _, s := range sets {
		t.Run(s.name, func(t *testing.T) {
			if !s.Available() {
				t.Skip("this processor has no " + s.name)
			}
			t.Run("float64", func(t *testing.T) { double(t, s.Set) })
			t.Run("float32", func(t *testing.T) { single(t, s.Set) })
		})
	}
}

var sets = []struct {
	name string
	Set
}{{"AVX2", AVX2}, {"AVX512", AVX512}}

// testConv2D compares whole calls, and calls cut in every direction, with sums
// taken one by one.
func testConv2D[T Float](t *testing.T, s Set) {
	lanes := Lanes[T](s)
	r := rand.New(rand.NewPCG(1, 2))
	random := func(n int) []T {
		p := make([]T, n)
		for i := range p {
			p[i] = T(r.Float64() - 0.5)
		}
		return p
	}
	for _, f := range [][2]int{{1, 1}, {1, 2}, {2, 1}, {1, 3}, {3, 3}, {4, 4}, {5, 5}, {4, 5}, {5, 4}, {7, 9}, {2, 31}} {
		frows, fcols := f[0], f[1]
		for _, step := range []int{1, 2, 5, 11} {
			for _, n := range []int{lanes, lanes + 1, 2*lanes + 3, 4 * lanes, 8*lanes + 5, 151} {
				for lines := 1; lines <= 2; lines++ {
					const first = 3
					filter := random(frows * fcols)
					var rows [][]T
					for range frows + (lines-1)*step {
						rows = append(rows, random(first+(n-1)*step+fcols))
					}
					var want, got [][]T
					for l := range lines {
						got = append(got, make([]T, n))
						want = append(want, make([]T, n))
						for i := range n {
							var sum T
							for j := range frows {
								for k := range fcols {
									sum += T(filter[j*fcols+k] * rows[(lines-1-l)*step+j][first+i*step+fcols-1-k])
								}
							}
							want[l][i] = sum
						}
					}
					check := func(what string) {
						for l := range lines {
							for i := range n {
								if got[l][i] != want[l][i] {
									t.Fatalf("filter %dx%d, step %d, %d x %d outputs, %s: output %d of row %d is %v, want %v",
										frows, fcols, step, lines, n, what, i, l, got[l][i], want[l][i])
								}
							}
							clear(got[l])
						}
					}
					Conv2D(s, got, rows, first, step, filter, fcols)
					check("whole")
					for _, p := range []plan{{64, frows, fcols}, {lanes, 1, fcols}, {64, min(2, frows), fcols}, {33, 1, 1}, {64, 1, min(3, fcols)}} {
						c := call[T]{set: s, rows: rows, first: first, step: step, filter: filter, frows: frows, fcols: fcols, fstride: fcols, lines: lines, pairs: 1}
						copy(c.out[:], got)
						c.cut(p)
						check(fmt.Sprintf("in pieces %+v", p))
					}
				}
			}
		}
	}
}

// TestPlan holds calls to their cost: what they compute, and lines of memory.
func TestPlan(t *testing.T) {
	sizes := []int{1, 4, 5, 63, 64, 65, 1000, 4097, 1 << 20, 1 << 40}
	for _, size := range []int{4, 8} {
		for _, n := range sizes {
			for _, rows := range sizes {
				for _, cols := range sizes {
					for _, step := range []int{1, 5, 1 << 40} {
						for lines := 1; lines <= 2; lines++ {
							p := newPlan(n, lines, step, rows, cols, size)
							if p.outputs < 1 || p.rows < 1 || p.cols < 1 || p.outputs > n || p.rows > rows || p.cols > cols {
								t.Fatalf("%d x %d outputs, %dx%d: %+v", lines, n, rows, cols, p)
							}
							if p.cols < cols && p.rows != 1 || p.rows < rows && p.outputs > leastOutputs {
								t.Errorf("%d x %d outputs, %dx%d: %+v: what is cut comes in the wrong order", lines, n, rows, cols, p)
							}
							if cost := lines * p.outputs * p.rows * (p.cols + min(lineTerms, 1+min(step, 64)*size*lineTerms/64)); cost > callTerms {
								t.Errorf("%d x %d outputs, %dx%d: %+v costs %d, more than %d", lines, n, rows, cols, p, cost, callTerms)
							}
						}
					}
				}
			}
		}
	}
}

func TestMisuse(t *testing.T) {
	row := make([]float64, 20)
	rows := func(n int) (all [][]float64) {
		for range n {
			all = append(all, row)
		}
		return all
	}
	filter := make([]float64, 4)
	for _, c := range []struct {
		what        string
		out, rows   [][]float64
		first, step int
		filter      []float64
		fcols       int
	}{
		{"no outputs", nil, rows(2), 0, 1, filter, 2},
		{"few outputs", [][]float64{row[:3]}, rows(2), 0, 1, filter, 2},
		{"three rows", rows(3), rows(4), 0, 1, filter, 2},
		{"two rows apart", [][]float64{row[:4], row[:4]}, rows(3), 0, 2, filter, 2},
		{"two rows unlike", [][]float64{row[:4], row[:5]}, rows(3), 0, 1, filter, 2},
		{"a row short", [][]float64{row[:4]}, [][]float64{row, row[:4]}, 0, 1, filter, 2},
		{"a row missing", [][]float64{row[:4]}, rows(1), 0, 1, filter, 2},
		{"before a row", [][]float64{row[:4]}, rows(2), -1, 1, filter, 2},
		{"far apart", [][]float64{row[:4]}, rows(2), 0, 1 << 62, filter, 2},
		{"step 0", [][]float64{row[:4]}, rows(2), 0, 0, filter, 2},
		{"no filter", [][]float64{row[:4]}, nil, 0, 1, nil, 2},
		{"odd filter", [][]float64{row[:4]}, rows(1), 0, 1, filter[:3], 2},
	} {
		panics(t, c.what, func() { Conv2D(AVX2, c.out, c.rows, c.first, c.step, c.filter, c.fcols) })
	}
}

func panics(t *testing.T, what string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s: no panic", what)
		}
	}()
	f()
}

// TestSliceHeader is what the assembly supposes of a slice: its pointer comes
// first, of 24 bytes.
func TestSliceHeader(t *testing.T) {
	p := make([]float64, 3)
	if unsafe.Sizeof(p) != 24 || *(**float64)(unsafe.Pointer(&p)) != &p[0] {
		t.Error("slices are laid out in another way")
	}
}
