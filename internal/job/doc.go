// Package job is the computation that every rank of a world runs: rank 0
// distributes arrays and parameters, every rank applies a kernel to its share of
// the items, rank 0 gathers the results, and all of them measure where the time
// went. It does not know how the ranks were started, nor how the outcome is
// shown.
//
// A [Config] says what is asked for, the same on every rank; [Resolve] turns it
// and what rank 0 read from files into a [Plan], and [Run] carries the plan out.
//
// # An iteration
//
//	barrier
//	t0 on rank 0
//	distribute   broadcast: Bcast of the one array
//	             scatter:   every item's array to the rank that computes it
//	             both:      the items' parameters to the rank that computes them
//	compute      the kernel, item by item
//	gather       every result straight into rank 0's memory, at its item's index
//	t1 on rank 0, which now holds every result in item order
//
// There is no barrier between the phases: a rank goes on as soon as it can. Under
// the static schedule the phases are collectives and rank r of p owns the items
// from floor(r n/p) to floor((r+1) n/p); see dynamic.go for the dynamic schedule.
// Everything is distributed anew in every iteration; nothing that a rank kept
// from an earlier one is used.
//
// # The same data
//
// An item is an array and its parameters. What they are does not depend on the
// world's size, the schedule or the chunk, so that neither do the results, to the
// bit. Nor does the distribution matter where the data are the same under both: a
// 2-D input array is every item's array, and under scatter every item is sent a
// copy of its own. Generated arrays are not the same data: under broadcast there
// is one, that of item 0; under scatter item i has that which generate.go derives
// from (seed, i).
package job
