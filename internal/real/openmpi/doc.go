// Package openmpi holds the suite of numcomp under Open MPI's mpirun.
package openmpi
