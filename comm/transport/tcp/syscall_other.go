//go:build !linux || race

package tcp

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// read, write and writev are what the race detector can follow, and other systems have.

func read(fd int, p []byte) (int, error)  { return unix.Read(fd, p) }
func write(fd int, p []byte) (int, error) { return unix.Write(fd, p) }

func writev(fd int, parts [][]byte) (int, error) { return unix.Writev(fd, parts) }

// yield lets another goroutine run.
func yield() { runtime.Gosched() }
