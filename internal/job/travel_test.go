package job

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"

	"numcomp/kernels"
)

// fullSettled has no field that is zero, down to those of its structs.
func fullSettled() settled {
	plan := Plan{
		Config: full(), Array: kernels.Shape{Rows: 1, Cols: math.MaxInt}, Params: kernels.Shape{Rows: 3, Cols: 4}, Result: kernels.Shape{Rows: 5, Cols: 6},
		Items: math.MinInt, ItemsFrom: "--items", OneArray: true, OneParams: true,
	}
	return settled{Asked: full(), Plan: plan, Failed: true, Kind: usageKind, Error: "no \x00 é"}
}

func TestSettledTravels(t *testing.T) {
	for _, fill := range []float64{0.1, math.Inf(-1), math.NaN(), math.Copysign(0, -1)} {
		s := fullSettled()
		s.Asked.Options.FillValue = fill
		var back settled
		if err := unpack(pack(&s), &back); err != nil {
			t.Fatal(err)
		}
		if got, want := fmt.Sprintf("%+v", back), fmt.Sprintf("%+v", s); got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
		if err := back.Asked.compare(s.Asked); err != nil {
			t.Error(err)
		}
	}
}

// TestEveryFieldTravels has one field at a time make a difference.
func TestEveryFieldTravels(t *testing.T) {
	whole := fullSettled()
	all := pack(&whole)
	var visit func(at reflect.Value, name string, s *settled)
	visit = func(at reflect.Value, name string, s *settled) {
		if at.Kind() == reflect.Struct {
			for i := range at.NumField() {
				visit(at.Field(i), name+"."+at.Type().Field(i).Name, s)
			}
			return
		}
		before := reflect.ValueOf(at.Interface())
		if before.IsZero() {
			t.Errorf("%s is zero in the test", name)
		}
		at.SetZero()
		if slices.Equal(pack(s), all) {
			t.Errorf("%s does not travel", name)
		}
		at.Set(before)
	}
	s := fullSettled()
	visit(reflect.ValueOf(&s).Elem(), "settled", &s)
}

// TestUnpackRefuses what is shorter or longer than what was packed.
func TestUnpackRefuses(t *testing.T) {
	s := fullSettled()
	all := pack(&s)
	for n := range all {
		if err := unpack(all[:n], new(settled)); err == nil {
			t.Errorf("%d bytes of %d are taken", n, len(all))
		}
	}
	if err := unpack(append(all, 0), new(settled)); err == nil {
		t.Error("a byte too many is taken")
	}
}
