//go:build !race

package mapped

func allocate(nbytes int) ([]byte, func(), error) { return mmap(nbytes) }
