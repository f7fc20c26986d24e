package shm

import (
	"bytes"
	"os"
	"regexp"
	"strconv"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// TestMapFile: what is long enough starts where a huge page can, in every mapping, and
// of the addresses around it none stays taken.
func TestMapFile(t *testing.T) {
	for _, n := range []int{1, pageSize, hugePage - 1, hugePage, hugePage + 1, 3*hugePage + 5*pageSize + 7} {
		before := addresses(t)
		fd, first, err := newMemory("test", n)
		if err != nil {
			t.Fatal(err)
		}
		second, err := mapMemory(os.Getpid(), fd, n, false)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range [][]byte{first, second} {
			if at := uintptr(unsafe.Pointer(&p[0])); len(p) != n || n >= hugePage && at%hugePage != 0 {
				t.Errorf("%d bytes: %d bytes at %#x", n, len(p), at)
			}
		}
		if got, want := addresses(t)-before, 2*pages(n); got != want {
			t.Errorf("%d bytes mapped twice: %d bytes of addresses, want %d", n, got, want)
		}
		first[0], first[n-1] = 7, 7
		if second[0] != 7 || second[n-1] != 7 {
			t.Errorf("%d bytes: the two mappings differ", n)
		}
		unmap(first)
		unmap(second)
		closeFD(fd)
		if got := addresses(t); got != before {
			t.Errorf("%d bytes: %d bytes of addresses stay taken", n, got-before)
		}
	}
}

// addresses is how many bytes of addresses this process has for shared mappings, and
// for small ones that cannot be touched: the run-time's own are large.
func addresses(t *testing.T) (sum uintptr) {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^(\w+)-(\w+) (?:...s|---p 00000000 00:00 0 *$)`).FindAllStringSubmatch(string(maps), -1) {
		from, _ := strconv.ParseUint(m[1], 16, 64)
		to, _ := strconv.ParseUint(m[2], 16, 64)
		if m[0][len(m[0])-1] == 's' || to-from < 2*hugePage {
			sum += uintptr(to - from)
		}
	}
	return sum
}

// TestPopulate: what was written stays, the rest is zero; and where the system makes
// huge pages, all of it but the end is there afterwards.
func TestPopulate(t *testing.T) {
	const n = 3*hugePage + 5*pageSize
	fd, mem, err := newMemory("test", n)
	if err != nil {
		t.Fatal(err)
	}
	defer closeFD(fd)
	defer unmap(mem)
	want := make([]byte, n)
	for at := 5; at < hugePage/2; at += 100_003 { // of the other huge pages nothing
		want[at], mem[at] = 3, 3
	}
	populate(mem)
	if able := unix.Madvise(mem[:hugePage], unix.MADV_COLLAPSE) == nil; able {
		there := make([]byte, 3*hugePage/os.Getpagesize())
		if _, _, errno := unix.Syscall(unix.SYS_MINCORE, uintptr(unsafe.Pointer(&mem[0])), 3*hugePage, uintptr(unsafe.Pointer(&there[0]))); errno != 0 {
			t.Fatal(errno)
		}
		if i := bytes.IndexByte(there, 0); i >= 0 {
			t.Errorf("page %d is not there", i)
		}
	} else {
		t.Log("this system makes no huge pages on demand: what is there afterwards is not looked at")
	}
	if !bytes.Equal(mem, want) {
		t.Error("the memory has changed")
	}
}
