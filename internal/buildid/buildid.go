package buildid

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"syscall"
)

// Version is the release that this source tree becomes.
const Version = "0.1.0-dev"

// headBytes is how much of a program is read: linkers put the ELF header, the
// program headers and the notes first, all within the first page.
const headBytes = 4096

// Running names the build of the running program as "VERSION+HASH".
func Running() (string, error) { return File("/proc/self/exe") }

// File names the build of the Go program at path as "VERSION+HASH", where VERSION
// is this program's. HASH is of the build id that Go's linker leaves in the program:
// a hash over all that went into it, so it differs between builds that behave
// differently even when neither knows its revision.
func File(path string) (string, error) {
	head, err := readHead(path)
	if err != nil {
		return "", fmt.Errorf("buildid: %s: %w", path, err)
	}
	id, err := goBuildID(head)
	if err != nil {
		return "", fmt.Errorf("buildid: %s: %w", path, err)
	}
	sum := sha256.Sum256(id)
	return Version + "+" + hex.EncodeToString(sum[:6]), nil
}

// readHead reads the first page of a file. Every rank does so before it joins, so
// it is three system calls: os.File would make a poller first.
func readHead(path string) ([]byte, error) {
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer syscall.Close(fd)
	head := make([]byte, headBytes)
	for {
		n, err := syscall.Pread(fd, head, 0)
		if err != syscall.EINTR {
			return head[:max(n, 0)], err
		}
	}
}

var errNoBuildID = errors.New("no build id of Go's linker")
