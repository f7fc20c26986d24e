package cli

import (
	"slices"

	"numcomp/launch"
)

// startedByMPI tells whether Open MPI or PMIx started this rank: only then may MPI be
// started in it, as it would make a world of one otherwise.
func (p *process) startedByMPI(place launch.Place) bool {
	if !slices.Contains([]string{launch.OpenMPI, launch.Slurm, launch.PMIX}, place.Launcher) {
		return false // a launcher within, whose ranks are others
	}
	for _, name := range []string{"OMPI_COMM_WORLD_RANK", "PMIX_RANK"} {
		if _, ok := p.env(name); ok {
			return true
		}
	}
	return false
}

// byMPI tells whether the mpi engine carries this rank's messages. A way to meet is
// the tcp engine's, and asks for it.
func (p *process) byMPI(o *Options, place launch.Place) (bool, error) {
	switch {
	case o.Engine == engineTCP:
		return false, nil
	case o.Engine != engineMPI:
		return hasMPI && o.Bootstrap == "" && p.startedByMPI(place), nil
	case !hasMPI:
		return false, usagef("--engine mpi: this numcomp was built without it").withHint("%s", getMPI)
	case !p.startedByMPI(place):
		return false, usagef("--engine mpi: neither Open MPI nor PMIx started this rank (%s did)", place.Launcher).
			withHint("start it with Open MPI's mpirun or srun --mpi=pmix, or leave --engine out: ranks talk by TCP then")
	case o.Bootstrap != "":
		return false, usagef("--bootstrap is part of --engine tcp: it contradicts --engine mpi")
	}
	return true, nil
}

const (
	engineAuto = "auto"
	engineTCP  = carryTCP
	engineMPI  = carryMPI

	// getMPI is how to get the engine.
	getMPI = "build it with the MPI engine: make build-mpi, or go build -tags mpi -o numcomp-mpi . (needs a C compiler and libopenmpi-dev; see docs/launching.md)"
)
