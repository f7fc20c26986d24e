package comm

import "numcomp/comm/transport"

// A communicator has two context ids, so that a collective never matches a
// message of the caller's: its own id carries point to point, the next one
// collectives. The world's are 0 and 1. Part of the wire format.
const (
	worldContext       = 0
	contextsPerComm    = 2
	collectivesContext = 1
)

// collective names a collective. Its value is the tag of its messages: those of
// one pair of ranks arrive in order, and the ranks call collectives in one
// order, so a tag each is enough. Part of the wire format.
type collective int

const (
	barrier collective = iota
	bcast
	gather
	gatherv
	scatter
	scatterv
	allgather
	allgatherv
	alltoall
	alltoallv
	reduce
	allreduce
	reduceScatter
	scan
	exscan
	split
	collectives // how many there are
)

// String is the name used in errors and in the table of algorithms.
func (k collective) String() string {
	return [collectives]string{
		barrier: "barrier", bcast: "bcast", gather: "gather", gatherv: "gatherv", scatter: "scatter",
		scatterv: "scatterv", allgather: "allgather", allgatherv: "allgatherv", alltoall: "alltoall",
		alltoallv: "alltoallv", reduce: "reduce", allreduce: "allreduce", reduceScatter: "reduce-scatter",
		scan: "scan", exscan: "exscan", split: "split",
	}[k]
}

// userTag is the transport's tag for the caller's tag, which was checked.
func (c *Comm) userTag(tag int) transport.Tag { return transport.NewTag(c.context, tag) }

// collectiveTag is the transport's tag for collective k.
func (c *Comm) collectiveTag(k collective) transport.Tag {
	return transport.NewTag(c.context+collectivesContext, int(k))
}
