package hostfile

// ParsePBS reads the file that PBS_NODEFILE names: a host a line, repeated as
// often as it has slots (mpiprocs). Repeats are joined, in the order of their
// first lines. filename is for errors.
func ParsePBS(filename, contents string) ([]Host, error) {
	return slotLines(text{filename, contents})
}
