package comm

// Algorithm is one row of the table of algorithms.
type Algorithm struct {
	// Collective and Name are what WithAlgorithm takes.
	Collective, Name string
	// When says when it is chosen.
	When string
	// Needs are its restrictions; empty: none.
	Needs string
	// Cost is what it costs.
	Cost func(Workload) Cost
	// Source is where it comes from; its file has the full citation.
	Source string

	kind     collective
	run      func(*call) error
	commutes bool // the operation must
}

// Workload is what an algorithm's cost depends on.
type Workload struct {
	Ranks int
	// Count is a number of elements: of the message (bcast), of each rank's
	// block (gather, scatter, allgather and their varying forms, with equal
	// blocks), of each pair's block (alltoall), of the vector (reduce,
	// allreduce, scan, exscan), of each rank's block of the result
	// (reduce-scatter).
	Count int
	// Size is the size of an element, Segment that of a segment of a pipeline,
	// and Short the longest vector that allreduce does not announce; in bytes.
	Size, Segment, Short int
}

// Cost is what a collective costs, all ranks together.
type Cost struct {
	// Steps bounds the longest chain of messages each of which waits for the
	// one before it, where a rank sends one message and receives one message at
	// a time.
	Steps int
	// Messages and Bytes are the numbers of messages, and of bytes in them.
	Messages, Bytes int
}

// Algorithms returns the table, in the order of the collectives.
func Algorithms() []Algorithm {
	const (
		thakur    = "Thakur, Rabenseifner, Gropp 2005; MPICH"
		pjesivac  = "Pjesivac-Grbovic et al. 2007; Open MPI"
		bruck     = "Bruck et al. 1997; MPICH"
		connects  = "a rank talks to all others"
		few       = "at most 33 ranks"
		many      = "more than 33 ranks"
		always    = "always"
		rootAlone = "the root talks to all others"
	)
	rows := []Algorithm{
		{kind: barrier, Name: "dissemination", When: always, Cost: barrierDisseminationCost, Source: "Hensgen, Finkel, Manber 1988", run: barrierDissemination},

		{kind: bcast, Name: "binomial", When: "one segment, or two ranks", Cost: bcastBinomialCost, Source: thakur, run: bcastBinomial},
		{kind: bcast, Name: "chain", When: "several segments, fewest steps", Cost: bcastChainCost, Source: pjesivac, run: bcastChain},
		{kind: bcast, Name: "tree", When: "several segments, fewest steps", Cost: bcastTreeCost, Source: pjesivac, run: bcastTree},

		{kind: gather, Name: "linear", When: few, Needs: rootAlone, Cost: gatherLinearCost, Source: "MPI 4.1; Open MPI", run: gatherLinear},
		{kind: gather, Name: "binomial", When: many, Cost: gatherBinomialCost, Source: thakur, run: gatherBinomial},
		{kind: gatherv, Name: "linear", When: few, Needs: rootAlone, Cost: gatherLinearCost, Source: "MPI 4.1; Open MPI", run: gatherLinear},
		{kind: gatherv, Name: "binomial", When: many, Cost: gathervBinomialCost, Source: thakur, run: gatherBinomial},

		{kind: scatter, Name: "linear", When: few, Needs: rootAlone, Cost: scatterLinearCost, Source: "MPI 4.1; Open MPI", run: scatterLinear},
		{kind: scatter, Name: "binomial", When: many, Cost: scatterBinomialCost, Source: thakur, run: scatterBinomial},
		{kind: scatterv, Name: "linear", When: few, Needs: rootAlone, Cost: scatterLinearCost, Source: "MPI 4.1; Open MPI", run: scatterLinear},
		{kind: scatterv, Name: "binomial", When: many, Cost: scattervBinomialCost, Source: thakur, run: scatterBinomial},

		{kind: allgather, Name: "ring", When: "results over 80 KiB", Cost: allgatherRingCost, Source: thakur, run: allgatherRing},
		{kind: allgather, Name: "bruck", When: "results up to 80 KiB", Cost: allgatherBruckCost, Source: bruck, run: allgatherBruck},
		{kind: allgatherv, Name: "ring", When: "results over 80 KiB", Cost: allgatherRingCost, Source: thakur, run: allgatherRing},
		{kind: allgatherv, Name: "bruck", When: "results up to 80 KiB", Cost: allgatherBruckCost, Source: bruck, run: allgatherBruck},

		{kind: alltoall, Name: "pairwise", When: few, Needs: connects, Cost: alltoallPairwiseCost, Source: thakur, run: alltoallPairwise},
		{kind: alltoall, Name: "bruck", When: many, Cost: alltoallBruckCost, Source: bruck, run: alltoallBruck},
		{kind: alltoallv, Name: "pairwise", When: always, Needs: connects, Cost: alltoallPairwiseCost, Source: thakur, run: alltoallPairwise},

		{kind: reduce, Name: "binomial", When: always, Cost: reduceBinomialCost, Source: thakur, run: reduceBinomial},

		{kind: allreduce, Name: "doubling", When: "vectors up to 8 KiB, or fewer than 4 ranks", Cost: allreduceDoublingCost, Source: thakur, run: allreduceDoubling},
		{kind: allreduce, Name: "halving", When: "vectors over 8 KiB", Cost: allreduceHalvingCost, Source: "Rabenseifner 2004; MPICH", run: allreduceHalving},

		{kind: reduceScatter, Name: "pairwise", When: few, Needs: connects, Cost: reduceScatterPairwiseCost, Source: thakur, run: reduceScatterPairwise},
		{kind: reduceScatter, Name: "halving", When: many + ", the operation commutes", Needs: "the operation commutes", Cost: reduceScatterHalvingCost, Source: thakur, run: reduceScatterHalving, commutes: true},
		{kind: reduceScatter, Name: "root", When: many + ", the operation does not commute", Cost: reduceScatterRootCost, Source: thakur, run: reduceScatterRoot},

		{kind: scan, Name: "doubling", When: always, Cost: scanDoublingCost, Source: "Hillis, Steele 1986; Open MPI", run: scanDoubling},
		{kind: exscan, Name: "doubling", When: always, Cost: scanDoublingCost, Source: "Hillis, Steele 1986; Open MPI", run: exscanDoubling},
	}
	for i := range rows {
		rows[i].Collective = rows[i].kind.String()
	}
	return rows
}
