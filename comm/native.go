package comm

import (
	"reflect"

	"numcomp/comm/transport"
)

// kinds are the collectives that a machine may have of its own.
var kinds = [collectives]transport.CollectiveKind{
	barrier: transport.Barrier, bcast: transport.Bcast, gather: transport.Gather, gatherv: transport.Gatherv,
	scatter: transport.Scatter, scatterv: transport.Scatterv, allgather: transport.Allgather, allgatherv: transport.Allgatherv,
	alltoall: transport.Alltoall, alltoallv: transport.Alltoallv, reduce: transport.Reduce, allreduce: transport.Allreduce,
	reduceScatter: transport.ReduceScatter, scan: transport.Scan, exscan: transport.Exscan,
}

// nativeOf are t's own collectives, nil if it has none.
func nativeOf(t transport.Transport) transport.Collectives {
	if n, ok := t.(transport.Native); ok {
		return n.Collectives()
	}
	return nil
}

// native carries the collective out by the transport's own, and tells whether it
// has. An algorithm that was asked for by name is not replaced.
func (x *call) native() (done bool, err error) {
	n := x.c.native
	if n == nil || kinds[x.kind] == 0 || x.c.tuning.forced[x.kind] != nil {
		return false, nil
	}
	done, err = n.Run(x.ctx, &transport.Collective{
		Kind: kinds[x.kind], Root: x.root, Send: x.send, Recv: x.recv, In: x.in.blocks(), Out: x.out.blocks(),
		Element: x.element, Op: x.op,
	})
	if err != nil {
		err = &Error{Op: x.kind.String(), Rank: x.c.rank, Peer: -1, Tag: -1, Err: explain(err)}
	}
	return done, err
}

// blocks is l as transports have it.
func (l layout) blocks() transport.Blocks {
	return transport.Blocks{N: l.n, Counts: l.counts, Displs: l.displs}
}

// elementOf is what T is to a transport.
func elementOf[T Element]() transport.Element {
	switch reflect.TypeFor[T]().Kind() {
	case reflect.Int8:
		return transport.Int8
	case reflect.Int16:
		return transport.Int16
	case reflect.Int32:
		return transport.Int32
	case reflect.Int64:
		return transport.Int64
	case reflect.Uint8:
		return transport.Uint8
	case reflect.Uint16:
		return transport.Uint16
	case reflect.Uint32:
		return transport.Uint32
	case reflect.Uint64:
		return transport.Uint64
	case reflect.Float32:
		return transport.Float32
	case reflect.Float64:
		return transport.Float64
	case reflect.Complex64:
		return transport.Complex64
	case reflect.Complex128:
		return transport.Complex128
	}
	return 0
}

// as says which operation of a machine's o is, bit for bit.
func (o Op[T]) as(op transport.Op) Op[T] {
	o.native = op
	return o
}

// asOrder is as for Min and Max. What a machine makes of a NaN, or of two zeros, is
// its own affair, so floating-point numbers stay here.
func (o Op[T]) asOrder(op transport.Op) Op[T] {
	if e := elementOf[T](); e == transport.Float32 || e == transport.Float64 {
		return o
	}
	return o.as(op)
}
