// Package slurm is a real Slurm of 8 nodes on this machine, and the suite of
// numcomp under it: srun with each kind of PMI, batch scripts, allocations.
package slurm
