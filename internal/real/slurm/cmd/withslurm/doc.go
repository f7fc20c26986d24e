// Withslurm runs a command where it finds a Slurm of 8 nodes, which it starts for
// it and ends with it: go run ./internal/real/slurm/cmd/withslurm COMMAND [ARGS].
// It needs root. The command runs in namespaces of its own, and in the folder
// where it was called.
package main
