package bench

import (
	"hash/fnv"
	"os"

	"golang.org/x/sys/unix"
)

// systemClock is CLOCK_MONOTONIC, which counts from the machine's start.
func systemClock() int64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		return 0 // cannot be: every Linux has this clock
	}
	return t.Nano()
}

// machineID is equal where CLOCK_MONOTONIC is one clock: on one boot of one
// kernel, in one time namespace (time_namespaces(7)). 0: unknown.
func machineID() uint64 {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return 0
	}
	space, err := os.Readlink("/proc/self/ns/time")
	if err != nil {
		space = "" // a kernel before 5.6 has none
	}
	h := fnv.New64a()
	h.Write(boot)
	h.Write([]byte(space))
	return h.Sum64()
}
