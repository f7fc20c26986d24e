package job

import (
	"context"
	"math"
	"sync"

	"numcomp/kernels"
)

// cut is the i-th array of shape s in data.
func cut[T kernels.Float](data []T, s kernels.Shape, i int) kernels.Array[T] {
	n := elements(s)
	return kernels.Array[T]{Rows: s.Rows, Cols: s.Cols, Data: data[i*n : (i+1)*n]}
}

// verify recomputes, on rank 0, every item with the reference kernel and compares.
// An element may be off by as many units in the last place, of the sum of the
// magnitudes that were added up for it, as kernels.Deviation tolerates; the
// reference kernel applied to the magnitudes of the inputs tells that sum. worst
// is the difference that comes closest to what is accepted. A difference beyond it
// is a *VerifyError; the end of ctx ends it early, with another error.
func (r *rank[T]) verify(ctx context.Context, variant, n int) (worst difference, err error) {
	cfg := r.plan.Config
	entry, _ := kernels.Lookup(cfg.Kernel)
	reference, err := kernels.New[T](cfg.Kernel, 0, cfg.Options)
	if err != nil {
		return worst, err
	}
	absolute := cfg.Options
	absolute.FillValue = math.Abs(absolute.FillValue)
	magnitude, err := kernels.New[T](cfg.Kernel, 0, absolute)
	if err != nil {
		return worst, err
	}

	var mu sync.Mutex
	var first *VerifyError
	differ, known := 0, false
	scratch := make([]scratch[T], n)
	defer func() {
		for i := range scratch {
			scratch[i].release()
		}
	}()
	for i := range scratch {
		if err := scratch[i].allocate(r.plan); err != nil {
			return worst, err
		}
	}
	err = parallel(ctx, r.plan.Items, n, func(w, i int) {
		s := &scratch[w]
		array, params, got := r.array(i), r.param(i), r.result(i)
		reference.Apply(s.want, array, params)
		ulps, beside, err := kernels.Deviation(cfg.Kernel, variant, cfg.Options, array, params)
		if err != nil {
			ulps, beside = 0, 0 // New made such a kernel before
		}
		d := s.compare(got, array, params, entry.Params, magnitude, ulps, beside)
		mu.Lock()
		defer mu.Unlock()
		if !known || d.beyond() > worst.beyond() {
			worst, known = d, true
		}
		if d.ulp <= d.accepted {
			return
		}
		at := d.at
		differ++
		if first == nil || i < first.Item {
			first = &VerifyError{
				Item: i, Row: at / got.Cols, Col: at % got.Cols, Result: got.Shape(), Variant: entry.Variants[variant],
				Want: float64(s.want.Data[at]), Got: float64(got.Data[at]),
				Tolerance: d.accepted * spacing(s.magnitude.Data[at]),
			}
		}
	})
	if err != nil {
		return worst, err
	}
	if first != nil {
		first.Items = differ
		return worst, first
	}
	return worst, nil
}

// difference is how far an element is from the reference's, and may be, in ULPs.
type difference struct {
	ulp, accepted float64
	at            int
}

// beyond is how much more it is than it may be.
func (d difference) beyond() float64 { return d.ulp - d.accepted }

// scratch is the memory of one goroutine that verifies.
type scratch[T kernels.Float] struct {
	array, params, want, magnitude kernels.Array[T]
	free                           []func()
}

func (s *scratch[T]) allocate(p *Plan) error {
	for _, a := range []struct {
		to    *kernels.Array[T]
		shape kernels.Shape
	}{{&s.array, p.Array}, {&s.params, p.Params}, {&s.want, p.Result}, {&s.magnitude, p.Result}} {
		data, free, err := alloc[T](elements(a.shape))
		if err != nil {
			return err
		}
		s.free = append(s.free, free)
		*a.to = cut(data, a.shape, 0)
	}
	return nil
}

func (s *scratch[T]) release() {
	for _, f := range s.free {
		f()
	}
}

// compare returns, of the differences of got from want, the one that goes furthest
// beyond, or comes closest to, what is accepted: so many ULPs of the magnitude,
// and an absolute amount beside them. The magnitudes, which take as long to compute as the
// result, are only computed if there is a difference.
func (s *scratch[T]) compare(got, array, params kernels.Array[T], summed bool, magnitude kernels.Kernel[T], ulp, absolute float64) difference {
	worst := difference{accepted: ulp}
	known := false
	for i, w := range s.want.Data {
		g := got.Data[i]
		if same(g, w) {
			continue
		}
		if !known {
			known = true
			// Without parameters nothing is added up: the magnitude is the result's.
			if summed {
				abs(s.array.Data, array.Data)
				abs(s.params.Data, params.Data)
				magnitude.Apply(s.magnitude, s.array, s.params)
			} else {
				abs(s.magnitude.Data, s.want.Data)
			}
		}
		d := difference{ulps(g, w, s.magnitude.Data[i]), ulp, i}
		if absolute > 0 {
			d.accepted += absolute / spacing(s.magnitude.Data[i])
		}
		if worst.ulp == 0 || d.beyond() > worst.beyond() {
			worst = d
		}
	}
	return worst
}

func abs[T kernels.Float](dst, src []T) {
	for i, x := range src {
		dst[i] = T(math.Abs(float64(x)))
	}
}

// same tells whether a and b are the same bits, or both NaN.
func same[T kernels.Float](a, b T) bool {
	if a == b {
		return math.Signbit(float64(a)) == math.Signbit(float64(b))
	}
	return a != a && b != b
}

// ulps is how far got is from want, which are not the same, in units in the last
// place of magnitude. 0 and -0 are half a unit apart; what is not finite is
// infinitely far from everything else.
func ulps[T kernels.Float](got, want, magnitude T) float64 {
	if got == want {
		return 0.5
	}
	d := math.Abs(float64(got)-float64(want)) / spacing(magnitude)
	if math.IsNaN(d) {
		return math.Inf(1)
	}
	return d
}

// spacing is the distance of x >= 0 to the next larger number of its type.
func spacing[T kernels.Float](x T) float64 {
	if f, single := any(x).(float32); single {
		if f >= math.MaxFloat32 {
			return 0x1p104
		}
		return float64(math.Nextafter32(f, math.MaxFloat32)) - float64(f)
	}
	f := float64(x)
	if f >= math.MaxFloat64 {
		return 0x1p971
	}
	return math.Nextafter(f, math.MaxFloat64) - f
}
