// Package mpich holds the suite of numcomp under MPICH's mpirun (Hydra), by both
// of its ways to reach PMI.
package mpich
