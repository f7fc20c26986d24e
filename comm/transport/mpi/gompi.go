//go:build mpi

package mpi

import (
	"unsafe"

	gompi "github.com/sbromberger/gompi"

	"numcomp/comm/transport"
)

// What gompi carries, where it is right: slices that are not empty, counts below
// 2^31, elements that it has. Its BcastBytes takes a count of bytes for one of 32-bit
// integers and writes past the end, so bytes go as the integers that they make up.

// gompiWorld is the world as gompi has it.
type gompiWorld struct {
	comm    *gompi.Communicator
	dropped gompiErrors
}

// bcast broadcasts p, if gompi can. It depends on the length alone, which all ranks
// share.
func (w *gompiWorld) bcast(p []byte, root int) (bool, error) {
	switch {
	case len(p) == 0 || len(p) > most:
		return false, nil
	case len(p)%4 == 0:
		w.comm.BcastUint32s(view[uint32](p), root)
	default:
		return false, nil
	}
	return true, w.dropped.take()
}

// reduce carries out a reduction or an all-reduction, if gompi can. Elsewhere
// than at the root of a reduction, gompi wants a destination that is not written.
func (w *gompiWorld) reduce(a *arguments, result bool) (bool, error) {
	if a.kind != transport.Reduce && a.kind != transport.Allreduce || len(a.send) == 0 || len(a.send)/a.element.Size() > most {
		return false, nil
	}
	if !result {
		a.recv = a.send
	}
	op, ok := gompiOp(a.op)
	if !ok {
		return false, nil
	}
	var err error
	switch a.element {
	case transport.Uint32:
		err = reduceWith(a, op, w.comm.ReduceUint32s, w.comm.AllreduceUint32s)
	case transport.Int32:
		err = reduceWith(a, op, w.comm.ReduceInt32s, w.comm.AllreduceInt32s)
	case transport.Uint64:
		err = reduceWith(a, op, w.comm.ReduceUint64s, w.comm.AllreduceUint64s)
	case transport.Int64:
		err = reduceWith(a, op, w.comm.ReduceInt64s, w.comm.AllreduceInt64s)
	case transport.Float32:
		err = reduceWith(a, op, w.comm.ReduceFloat32s, w.comm.AllreduceFloat32s)
	case transport.Float64:
		err = reduceWith(a, op, w.comm.ReduceFloat64s, w.comm.AllreduceFloat64s)
	case transport.Complex128:
		err = reduceWith(a, op, w.comm.ReduceComplex128s, w.comm.AllreduceComplex128s)
	default:
		return false, nil
	}
	if kept := w.dropped.take(); err == nil {
		err = kept
	}
	return true, err
}

// gompiOp is gompi's name for op.
func gompiOp(op transport.Op) (gompi.Op, bool) {
	switch op {
	case transport.Sum:
		return gompi.OpSum, true
	case transport.Prod:
		return gompi.OpProd, true
	case transport.Min:
		return gompi.OpMin, true
	case transport.Max:
		return gompi.OpMax, true
	case transport.And:
		return gompi.OpBand, true
	case transport.Or:
		return gompi.OpBor, true
	case transport.Xor:
		return gompi.OpBxor, true
	}
	return 0, false
}

// reduceWith calls gompi's functions for one type of elements.
func reduceWith[T any](a *arguments, op gompi.Op, reduce, all func(dest, orig []T, op gompi.Op, root int) error) error {
	if a.kind == transport.Allreduce {
		return all(view[T](a.recv), view[T](a.send), op, a.root)
	}
	return reduce(view[T](a.recv), view[T](a.send), op, a.root)
}

// view is the memory of p as elements.
func view[T any](p []byte) []T {
	var zero T
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(p))), len(p)/int(unsafe.Sizeof(zero)))
}
