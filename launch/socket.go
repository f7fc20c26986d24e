package launch

import "golang.org/x/sys/unix"

// IsSocket says whether fd is a connected socket of this process.
func IsSocket(fd int) bool {
	_, err := unix.Getpeername(fd)
	return err == nil
}
