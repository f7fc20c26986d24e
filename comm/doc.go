// Package comm lets the ranks of a world talk: point to point, by collectives,
// in groups. Names and semantics are MPI's, without wildcards; functions are
// generic over the element type, and lengths are 64-bit.
//
// A world is made from a transport, one a rank:
//
//	c, err := comm.NewWorld(t, members)
//	err = comm.Bcast(ctx, c, array, 0)
//	err = comm.Gather(ctx, c, mine, all, 0)
//
// # Rules
//
//   - Every rank of a communicator calls the same collectives in the same
//     order, one at a time. Point to point and collectives do not disturb each
//     other, and neither do two communicators.
//   - A buffer belongs to the operation until it has returned (for Isend and
//     Irecv: until Wait has). What may alias is said at each function; anything
//     else that overlaps is an error.
//   - Arguments that cannot be right are errors before any byte moves. Only this
//     rank knows of them: end the job.
//   - A collective that fails under way breaks the world: no rank is left
//     waiting for what will not come. Ranks whose lengths disagree find out, by
//     an error that names the peer where it showed.
//   - A context that ends breaks the world, see transport.Transport.
//   - The result of a reduction depends on the values, the operation, the number
//     of ranks, their order and their nodes, never on timing.
//
// # Nodes
//
// Where ranks of a node share memory, collectives go node level first: in memory that
// the node's ranks make at the first one and have until their transport is closed.
//
// # Elements
//
// Messages carry elements as they lie in memory: nothing is converted, so ranks
// agree on the element type and the byte order of their machines.
package comm
