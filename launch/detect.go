package launch

import "fmt"

// detector knows the environment of one launcher.
type detector struct {
	// name is for errors.
	name string
	// owns lists the variables that are the launcher's word about this one
	// process; a trailing * stands for any ending. They are taken out of the
	// environment of processes that are started anew (Unset).
	owns []string
	// detect says whether this launcher started the process, and where it
	// stands. What is wrong is left in the variables.
	detect func(v *variables) (p Place, found bool)
}

// detectors is the order of probing. Families nest: mpirun inside an allocation
// leaves Slurm's variables of the outer step beside its own, so launchers of MPI
// programs come before schedulers.
var detectors = []detector{
	own,
	pmiFD,
	pmiPort,
	openMPI,
	pals,
	jsm,
	mvapich,
	flux,
	slurmStep,
	pmiVariables,
	pmix,
	torchrun,
	alone,
}

// Detect finds out from the environment which rank of which world this process
// is. isSocket says whether a file descriptor is a connected socket (IsSocket).
//
// Rank and size always come from the same launcher. Variables that contradict
// one another, that are no numbers, or that tell a rank but no size, are an
// error that names them and their values; the Place then holds what is known.
func Detect(env Getenv, isSocket func(fd int) bool) (Place, error) {
	for _, d := range detectors {
		v := &variables{get: env, isSocket: isSocket}
		p, found := d.detect(v)
		if v.err != nil {
			return p, fmt.Errorf("launch: as started by %s: %w", d.name, v.err)
		}
		if !found {
			continue
		}
		if p.Nodes == 0 && p.LocalSize > 0 && p.LocalSize == p.Size {
			p.Nodes = 1
		}
		if p.Node < 0 && p.Nodes == 1 {
			p.Node = 0
		}
		return p, nil
	}
	// The last row always matches.
	return place(Alone), nil
}
