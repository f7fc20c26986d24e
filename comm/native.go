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

// machine is what has collective k of its own, nil if nothing has. An algorithm that
// was asked for by name is not replaced. Short collectives ask it without a call.
func (c *Comm) machine(k collective) transport.Collectives {
	if c.native == nil || kinds[k] == 0 || c.tuning.forced[k] != nil {
		return nil
	}
	return c.native
}

// carried is what a collective that the machine has carried out returns.
func (c *Comm) carried(k collective, err error) error {
	if err == nil {
		return nil
	}
	return c.dropped(k, err)
}

// dropped breaks the world because of err, and says in what.
func (c *Comm) dropped(k collective, err error) error {
	err = &Error{Op: k.String(), Rank: c.rank, Peer: -1, Tag: -1, Err: explain(err)}
	if b, ok := c.world.t.(transport.Breaker); ok {
		b.Break(err)
	}
	return err
}

// native has the machine carry the collective out, and tells whether it has.
func (x *call) native() (done bool, err error) {
	m := x.c.machine(x.kind)
	if m == nil {
		return false, nil
	}
	done, err = m.Run(x.ctx, transport.Collective{
		Kind: kinds[x.kind], Root: x.root, Send: x.send, Recv: x.recv, In: x.in.blocks(), Out: x.out.blocks(),
		Element: x.element, Op: x.op,
	})
	return done, x.c.carried(x.kind, err)
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
