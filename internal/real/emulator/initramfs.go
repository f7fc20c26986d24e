package emulator

import (
	"fmt"
	"io"
	"strings"

	"golang.org/x/sys/unix"
)

// initramfs writes the archive of files with which a kernel starts: cpio's format
// "newc", see the kernel's Documentation/driver-api/early-userspace/buffer-format.rst.
type initramfs struct {
	w   io.Writer
	n   int
	err error
}

func (f *initramfs) folder(name string) { f.add(name, unix.S_IFDIR|0o777, 0, 0, nil) }

func (f *initramfs) device(name string, major, minor int) {
	f.add(name, unix.S_IFCHR|0o600, major, minor, nil)
}

func (f *initramfs) file(name string, data []byte) { f.add(name, unix.S_IFREG|0o755, 0, 0, data) }

// close ends the archive, and tells what went wrong, if anything.
func (f *initramfs) close() error {
	f.add("TRAILER!!!", 0, 0, 0, nil)
	return f.err
}

func (f *initramfs) add(name string, mode, major, minor int, data []byte) {
	if f.err != nil {
		return
	}
	f.n++
	head := "070701"
	for _, field := range []int{f.n, mode, 0, 0, 1, 0, len(data), 0, 0, major, minor, len(name) + 1, 0} {
		head += fmt.Sprintf("%08X", field)
	}
	head += name + "\x00"
	pad := func(n int) string { return strings.Repeat("\x00", -n&3) }
	for _, part := range []string{head, pad(len(head)), string(data), pad(len(data))} {
		if _, f.err = io.WriteString(f.w, part); f.err != nil {
			return
		}
	}
}
