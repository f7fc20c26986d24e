package job

import (
	"context"
	"time"

	"numcomp/kernels"
)

// applier computes items.
type applier[T kernels.Float] struct {
	kernel   kernels.Kernel[T]
	workTime time.Duration
	mode     WorkMode
	applied  int // items computed so far
}

// apply computes one item's result into dst. Before, it lets the work time pass,
// as the Python programs do: repeating the kernel until that much wall time has
// passed, or asleep. It returns early only when ctx has ended.
func (a *applier[T]) apply(ctx context.Context, dst, array, params kernels.Array[T]) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if a.workTime > 0 {
		if err := a.work(ctx, dst, array, params); err != nil {
			return err
		}
	}
	a.kernel.Apply(dst, array, params)
	a.applied++
	return nil
}

func (a *applier[T]) work(ctx context.Context, dst, array, params kernels.Array[T]) error {
	if a.mode == Sleep {
		t := time.NewTimer(a.workTime)
		defer t.Stop()
		select {
		case <-t.C:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for start := time.Now(); time.Since(start) < a.workTime; {
		a.kernel.Apply(dst, array, params)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}
