//go:build race

package mapped

// allocate takes heap memory under -race: the race detector does not see
// accesses to mapped memory.
func allocate(nbytes int) ([]byte, func(), error) { return fromHeap(nbytes) }
