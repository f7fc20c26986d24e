package launch

// alone is a process that nobody started as one of several: rank 0 of 1.
var alone = detector{
	name: "nobody",
	detect: func(v *variables) (Place, bool) {
		p := place(Alone)
		p.Rank, p.Size, p.LocalRank, p.LocalSize, p.Node, p.Nodes = 0, 1, 0, 1, 0, 1
		p.Allocation = slurmAllocation(v)
		return p, true
	},
}
