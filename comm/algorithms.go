package comm

// Algorithm is one row of the table of algorithms, which docs/algorithms.md
// shows.
type Algorithm struct {
	// Collective and Name are what WithAlgorithm takes.
	Collective, Name string
	// When says when it is chosen.
	When string
	// Needs are its restrictions; empty: none.
	Needs string
	// Steps and Bytes are Cost's, as formulas: of p ranks (q is the largest
	// power of two up to p, log is log2 rounded up), n bytes (see
	// Workload.Count) and s segments. What announcing a length adds is left out.
	Steps, Bytes string
	// Cost is what it costs, exactly in messages and bytes.
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
	// Size is the size of an element, Segment the longest message that bcast
	// does not announce and the shortest segment of its pipelines, and Short the
	// longest vector that allreduce does not announce; in bytes.
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
		standard  = "MPI 4.1; Open MPI"
		few       = "up to 33 ranks"
		many      = "more than 33 ranks"
		pipelined = "over 128 KiB, if it is the fastest in the model"
		short     = "results up to 80 KiB"
		long      = "results over 80 KiB"
		always    = "always"
		nodes     = "a node has several ranks that share memory"
		onNode    = "none; of several nodes, the leaders'"
		share     = "the ranks of every node share memory; else by messages"
		connects  = "a rank talks to all others"
		rootAlone = "the root talks to all others"
		edges     = "(n + 8) for every edge between a block and the root, about p (log p)/2"
	)
	rows := []Algorithm{
		{kind: barrier, Name: "node", When: nodes,
			Steps: onNode, Bytes: onNode, Cost: nodeCost, Needs: share,
			Source: "Mellor-Crummey, Scott 1991; Open MPI", run: nodeFirst(barrierNode)},
		{kind: barrier, Name: "dissemination", When: few,
			Steps: "log p", Bytes: "0", Cost: barrierDisseminationCost,
			Source: "Hensgen, Finkel, Manber 1988", run: barrierDissemination},
		{kind: barrier, Name: "tree", When: many,
			Steps: "2 log p", Bytes: "0", Cost: barrierTreeCost,
			Source: "Yew, Tzeng, Lawrie 1987; Open MPI", run: barrierTree},

		{kind: bcast, Name: "node", When: nodes, Needs: share,
			Steps: onNode, Bytes: onNode, Cost: nodeCost,
			Source: "Graham, Shipman 2008; Jain et al. 2018", run: nodeFirst(bcastNode)},
		{kind: bcast, Name: "binomial", When: "up to 128 KiB; over, if it is the fastest in the model",
			Steps: "log p", Bytes: "(p-1) n", Cost: bcastBinomialCost,
			Source: thakur, run: announcing(bcastBinomial)},
		{kind: bcast, Name: "chain", When: pipelined,
			Steps: "p - 2 + s, of n/s", Bytes: "(p-1) n", Cost: bcastChainCost,
			Source: pjesivac, run: announcing(bcastChain)},
		{kind: bcast, Name: "tree", When: pipelined,
			Steps: "2 (log(p+1) - 2 + s), of n/s", Bytes: "(p-1) n", Cost: bcastTreeCost,
			Source: pjesivac, run: announcing(bcastTree)},

		{kind: gather, Name: "node", When: nodes, Needs: share,
			Steps: onNode, Bytes: onNode, Cost: nodeCost,
			Source: "Chakraborty, Subramoni, Panda 2017", run: nodeFirst(gatherNode)},
		{kind: gather, Name: "linear", When: few, Needs: rootAlone,
			Steps: "p-1", Bytes: "(p-1) n", Cost: gatherLinearCost,
			Source: standard, run: gatherLinear},
		{kind: gather, Name: "binomial", When: many,
			Steps: "log p", Bytes: "n for every edge between a block and the root, about p (log p)/2", Cost: gatherBinomialCost,
			Source: thakur, run: gatherBinomial},
		{kind: gatherv, Name: "node", When: nodes, Needs: share,
			Steps: onNode, Bytes: onNode, Cost: nodeCost,
			Source: "Chakraborty, Subramoni, Panda 2017", run: nodeFirst(gatherNode)},
		{kind: gatherv, Name: "linear", When: few, Needs: rootAlone,
			Steps: "p-1", Bytes: "(p-1) n", Cost: gatherLinearCost,
			Source: standard, run: gatherLinear},
		{kind: gatherv, Name: "binomial", When: many,
			Steps: "2 log p", Bytes: edges, Cost: gathervBinomialCost,
			Source: thakur, run: gatherBinomial},

		{kind: scatter, Name: "node", When: nodes, Needs: share,
			Steps: onNode, Bytes: onNode, Cost: nodeCost,
			Source: "Chakraborty, Subramoni, Panda 2017", run: nodeFirst(scatterNode)},
		{kind: scatter, Name: "linear", When: few, Needs: rootAlone,
			Steps: "p-1", Bytes: "(p-1) n", Cost: scatterLinearCost,
			Source: standard, run: scatterLinear},
		{kind: scatter, Name: "binomial", When: many,
			Steps: "log p", Bytes: "as gather", Cost: scatterBinomialCost,
			Source: thakur, run: scatterBinomial},
		{kind: scatterv, Name: "node", When: nodes, Needs: share,
			Steps: onNode, Bytes: onNode, Cost: nodeCost,
			Source: "Chakraborty, Subramoni, Panda 2017", run: nodeFirst(scatterNode)},
		{kind: scatterv, Name: "linear", When: few, Needs: rootAlone,
			Steps: "p-1", Bytes: "(p-1) n", Cost: scatterLinearCost,
			Source: standard, run: scatterLinear},
		{kind: scatterv, Name: "binomial", When: many,
			Steps: "2 log p", Bytes: "as gatherv", Cost: scattervBinomialCost,
			Source: thakur, run: scatterBinomial},

		{kind: allgather, Name: "node", When: nodes, Needs: share,
			Steps: onNode, Bytes: onNode, Cost: nodeCost,
			Source: "Chakraborty, Subramoni, Panda 2017", run: nodeFirst(allgatherNode)},
		{kind: allgather, Name: "ring", When: long,
			Steps: "p-1", Bytes: "p (p-1) n", Cost: allgatherRingCost,
			Source: thakur, run: allgatherRing},
		{kind: allgather, Name: "bruck", When: short,
			Steps: "log p", Bytes: "p (p-1) n", Cost: allgatherBruckCost,
			Source: bruck, run: allgatherBruck},
		{kind: allgatherv, Name: "node", When: nodes, Needs: share,
			Steps: onNode, Bytes: onNode, Cost: nodeCost,
			Source: "Chakraborty, Subramoni, Panda 2017", run: nodeFirst(allgatherNode)},
		{kind: allgatherv, Name: "ring", When: long,
			Steps: "p-1", Bytes: "p (p-1) n", Cost: allgatherRingCost,
			Source: thakur, run: allgatherRing},
		{kind: allgatherv, Name: "bruck", When: short,
			Steps: "log p", Bytes: "p (p-1) n", Cost: allgatherBruckCost,
			Source: bruck, run: allgatherBruck},

		{kind: alltoall, Name: "pairwise", When: few, Needs: connects,
			Steps: "p-1", Bytes: "p (p-1) n", Cost: alltoallPairwiseCost,
			Source: thakur, run: alltoallPairwise},
		{kind: alltoall, Name: "bruck", When: many,
			Steps: "log p", Bytes: "p n for every bit set in 1 to p-1, about p (p/2) (log p) n", Cost: alltoallBruckCost,
			Source: bruck, run: alltoallBruck},
		{kind: alltoallv, Name: "pairwise", When: always, Needs: connects,
			Steps: "p-1", Bytes: "p (p-1) n", Cost: alltoallPairwiseCost,
			Source: thakur, run: alltoallPairwise},

		{kind: reduce, Name: "node", When: nodes, Needs: share,
			Steps: onNode, Bytes: onNode, Cost: nodeCost,
			Source: "Graham, Shipman 2008; Open MPI", run: nodeFirst(reduceNode)},
		{kind: reduce, Name: "binomial", When: always,
			Steps: "log p; 1 more if the operation does not commute and the root is not rank 0", Bytes: "(p-1) n; then p n", Cost: reduceBinomialCost,
			Source: thakur, run: reduceBinomial},

		{kind: allreduce, Name: "node", When: nodes, Needs: share,
			Steps: onNode, Bytes: onNode, Cost: nodeCost,
			Source: "Graham, Shipman 2008; Open MPI", run: nodeFirst(allreduceNode)},
		{kind: allreduce, Name: "doubling", When: "up to 8 KiB, or fewer than 4 ranks",
			Steps: "log q; 2 more if q < p", Bytes: "(q log q + 2 (p-q)) n", Cost: allreduceDoublingCost,
			Source: thakur, run: allreduceDoubling},
		{kind: allreduce, Name: "halving", When: "over 8 KiB",
			Steps: "2 log q; 2 more if q < p", Bytes: "2 (p-1) n", Cost: allreduceHalvingCost,
			Source: "Rabenseifner 2004; MPICH", run: allreduceHalving},

		{kind: reduceScatter, Name: "pairwise", When: few, Needs: connects,
			Steps: "p-1", Bytes: "p (p-1) n", Cost: reduceScatterPairwiseCost,
			Source: thakur, run: reduceScatterPairwise},
		{kind: reduceScatter, Name: "halving", When: many + ", the operation commutes", Needs: "the operation commutes",
			Steps: "log q; 2 more if q < p", Bytes: "(p (p-1) + p-q) n", Cost: reduceScatterHalvingCost,
			Source: thakur, run: reduceScatterHalving, commutes: true},
		{kind: reduceScatter, Name: "root", When: many + ", the operation does not commute",
			Steps: "2 log p", Bytes: "p (p-1) n, and scatter's", Cost: reduceScatterRootCost,
			Source: thakur, run: reduceScatterRoot},

		{kind: scan, Name: "doubling", When: always,
			Steps: "log p", Bytes: "(p - 2^k) n in step k", Cost: scanDoublingCost,
			Source: "Hillis, Steele 1986; Open MPI", run: scanDoubling},
		{kind: exscan, Name: "doubling", When: always,
			Steps: "log p", Bytes: "(p - 2^k) n in step k", Cost: scanDoublingCost,
			Source: "Hillis, Steele 1986; Open MPI", run: exscanDoubling},
	}
	for i := range rows {
		rows[i].Collective = rows[i].kind.String()
	}
	return rows
}
