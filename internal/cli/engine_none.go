//go:build !mpi

package cli

import (
	"context"
	"errors"

	"numcomp/launch"
)

// hasMPI tells whether the mpi engine is built in.
const hasMPI = false

// runMPI runs the computation as a rank of an MPI world; byMPI keeps it from being
// called here.
func (p *process) runMPI(context.Context, *Options, launch.Place) error {
	return errors.New("this numcomp was built without the mpi engine")
}
