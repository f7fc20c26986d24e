package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"numcomp/internal/sysmem"
)

// System is what Look asks. A test makes one up.
type System struct {
	Root     fs.FS // the system's root directory
	Affinity func() ([]int, error)
	Limit    func(resource int) (Limit, error)
	// FileSystem tells size and free bytes of the file system at path.
	FileSystem func(path string) (size, free int64, err error)
	Memfd      func() error
	Kernel     func() string
	Threads    func() int
}

// This is the system that the process runs on.
func This() System {
	return System{
		Root: os.DirFS("/"), Affinity: affinity, Limit: limit, FileSystem: fileSystem, Memfd: memfd, Kernel: kernel,
		Threads: func() int { return runtime.GOMAXPROCS(0) },
	}
}

// Look finds out what surrounds this process. What cannot be found out is left
// zero.
func Look(s System) Rank {
	var r Rank
	r.CPUs.Allowed, _ = s.Affinity()
	r.CPUs.Online = online(s.Root)
	r.CPUs.Quota = quota(s.Root)
	r.CPUs.Threads = s.Threads()
	r.Limits.OpenFiles, _ = s.Limit(unix.RLIMIT_NOFILE)
	r.Limits.LockedMemory, _ = s.Limit(unix.RLIMIT_MEMLOCK)
	r.Limits.Processes, _ = s.Limit(unix.RLIMIT_NPROC)
	if m, err := sysmem.AvailableIn(s.Root); err == nil {
		r.Memory = Memory{Available: m.Bytes, Source: m.Source}
	}
	r.Memory.Total = total(s.Root)
	if size, free, err := s.FileSystem("/dev/shm"); err == nil {
		r.Shared.DevShmSize, r.Shared.DevShmFree = size, free
	}
	r.Shared.Memfd = "ok"
	if err := s.Memfd(); err != nil {
		r.Shared.Memfd = err.Error()
	}
	r.Go, r.Kernel = runtime.Version(), s.Kernel()
	return r
}

func affinity() ([]int, error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil, err
	}
	var cpus []int
	for i := range len(set) * 64 {
		if set.IsSet(i) {
			cpus = append(cpus, i)
		}
	}
	return cpus, nil
}

func limit(resource int) (Limit, error) {
	var l unix.Rlimit
	if err := unix.Getrlimit(resource, &l); err != nil {
		return Limit{}, err
	}
	number := func(v uint64) int64 {
		if v > 1<<62 {
			return -1
		}
		return int64(v)
	}
	return Limit{number(l.Cur), number(l.Max)}, nil
}

func fileSystem(path string) (size, free int64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return 0, 0, err
	}
	return int64(s.Blocks) * int64(s.Bsize), int64(s.Bavail) * int64(s.Bsize), nil
}

// memfd makes a sealed one, as shared arrays would.
func memfd() error {
	fd, err := unix.MemfdCreate("numcomp-doctor", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return fmt.Errorf("memfd_create: %w", err)
	}
	defer unix.Close(fd)
	if err := unix.Ftruncate(fd, int64(os.Getpagesize())); err != nil {
		return fmt.Errorf("memfd: set its size: %w", err)
	}
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, unix.F_SEAL_SHRINK|unix.F_SEAL_GROW); err != nil {
		return fmt.Errorf("memfd: seal: %w", err)
	}
	return nil
}

func kernel() string {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return ""
	}
	return unix.ByteSliceToString(u.Release[:])
}

// online counts the CPUs of /sys/devices/system/cpu/online ("0-3,6").
func online(root fs.FS) int {
	text, err := fs.ReadFile(root, "sys/devices/system/cpu/online")
	if err != nil {
		return 0
	}
	n := 0
	for part := range strings.SplitSeq(strings.TrimSpace(string(text)), ",") {
		low, high, ok := strings.Cut(part, "-")
		if !ok {
			high = low
		}
		a, err := strconv.Atoi(low)
		b, err2 := strconv.Atoi(high)
		if errors.Join(err, err2) == nil && b >= a {
			n += b - a + 1
		}
	}
	return n
}

// quota is the least CPU quota of the cgroups around the process, in CPUs; 0 is
// none.
func quota(root fs.FS) float64 {
	text, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return 0
	}
	least := 0.0
	take := func(quota, period string) {
		q, err := strconv.ParseFloat(quota, 64)
		p, err2 := strconv.ParseFloat(period, 64)
		if errors.Join(err, err2) == nil && q > 0 && p > 0 && (least == 0 || q/p < least) {
			least = q / p
		}
	}
	read := func(name string) string {
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return ""
		}
		return strings.TrimSpace(string(text))
	}
	for line := range strings.Lines(string(text)) {
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(f) != 3 {
			continue
		}
		for dir := strings.Trim(f[2], "/"); ; dir = dir[:max(0, strings.LastIndex(dir, "/"))] {
			at := strings.TrimSuffix("/"+dir, "/")
			if f[1] == "" {
				if q, p, ok := strings.Cut(read("sys/fs/cgroup"+at+"/cpu.max"), " "); ok {
					take(q, p)
				}
			} else if strings.Contains(","+f[1]+",", ",cpu,") {
				take(read("sys/fs/cgroup/cpu"+at+"/cpu.cfs_quota_us"), read("sys/fs/cgroup/cpu"+at+"/cpu.cfs_period_us"))
			}
			if dir == "" {
				break
			}
		}
	}
	return least
}

// total is the machine's memory in bytes.
func total(root fs.FS) int64 {
	text, err := fs.ReadFile(root, "proc/meminfo")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "MemTotal:" && f[2] == "kB" {
			n, err := strconv.ParseInt(f[1], 10, 64)
			if err == nil && n > 0 && n < 1<<50 {
				return n << 10
			}
		}
	}
	return 0
}
