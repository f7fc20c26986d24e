package transport

import "context"

// Native is a Transport whose own machine has collectives. It is an optional
// power: comm's algorithms do without.
type Native interface {
	// Collectives are those of the whole world.
	Collectives() Collectives
}

// Collectives are those of a group of ranks. All its ranks make the same calls in
// the same order, one after the other. A context that ends breaks the world; until
// the process ends, the buffers of the call are not to be touched then.
type Collectives interface {
	// Split is MPI_Comm_split. A rank with a negative color gets nil.
	Split(ctx context.Context, color, key int) (Collectives, error)
	// Run carries x out. done is false, at every rank alike, if it cannot: nothing
	// has happened then.
	Run(ctx context.Context, x Collective) (done bool, err error)
}

// Collective is one collective on one rank. Its arguments have been checked, and
// mean what they mean to MPI.
type Collective struct {
	Kind CollectiveKind
	Root int
	// Send and Recv may be the same memory where MPI has "in place". A broadcast
	// has Recv only.
	Send, Recv []byte
	// In and Out say where each rank's block lies in Send and in Recv: what this
	// rank gives to each, and gets from each.
	In, Out Blocks
	// Element and Op are those of a reduction. Op 0: one that no machine has.
	Element Element
	Op      Op
}

// Blocks say where each rank's block lies within a buffer, in bytes: N each, one
// after the other, or as Counts and Displs say.
type Blocks struct {
	N              int
	Counts, Displs []int
}

// CollectiveKind is what a Collective does. 0 is none that a machine has.
type CollectiveKind int

// The kinds, by MPI's names.
const (
	Barrier CollectiveKind = 1 + iota
	Bcast
	Gather
	Gatherv
	Scatter
	Scatterv
	Allgather
	Allgatherv
	Alltoall
	Alltoallv
	Reduce
	Allreduce
	ReduceScatter
	Scan
	Exscan
)

// Element is a type of elements. 0 is none.
type Element int

// The types of elements.
const (
	Int8 Element = 1 + iota
	Int16
	Int32
	Int64
	Uint8
	Uint16
	Uint32
	Uint64
	Float32
	Float64
	Complex64
	Complex128
)

// Size is the length of an element in bytes.
func (e Element) Size() int {
	return [...]int{Int8: 1, Int16: 2, Int32: 4, Int64: 8, Uint8: 1, Uint16: 2, Uint32: 4, Uint64: 8,
		Float32: 4, Float64: 8, Complex64: 8, Complex128: 16}[e]
}

// Op is the operation of a reduction. 0 is none that a machine has.
type Op int

// The operations, by MPI's names.
const (
	Sum Op = 1 + iota
	Prod
	Min
	Max
	And
	Or
	Xor
)
