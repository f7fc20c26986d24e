package sysmem

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

const meminfo = "MemTotal:       24683656 kB\nMemFree:        24078196 kB\nMemAvailable:   1000 kB\nBuffers:            5860 kB\nCached:           365496 kB\n"

func files(m map[string]string) fstest.MapFS {
	f := fstest.MapFS{}
	for name, text := range m {
		f[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return f
}

func TestAvailableIn(t *testing.T) {
	for _, c := range []struct {
		name   string
		files  map[string]string
		bytes  int64
		source string
	}{
		{"machine alone", map[string]string{}, 1024000, "MemAvailable of /proc/meminfo"},
		{"version 2, no limit", map[string]string{
			"proc/self/cgroup":                 "0::/a/b\n",
			"sys/fs/cgroup/a/b/memory.max":     "max\n",
			"sys/fs/cgroup/a/b/memory.current": "4096\n",
		}, 1024000, "MemAvailable of /proc/meminfo"},
		{"version 2, the parent limits", map[string]string{
			"proc/self/cgroup":                 "0::/a/b\n",
			"sys/fs/cgroup/a/b/memory.max":     "max\n",
			"sys/fs/cgroup/a/b/memory.current": "4096\n",
			"sys/fs/cgroup/a/memory.max":       "500000\n",
			"sys/fs/cgroup/a/memory.current":   "300000\n",
			"sys/fs/cgroup/a/memory.stat":      "anon 1\ninactive_file 50000\nactive_file 7\n",
		}, 250000, "the limit in /sys/fs/cgroup/a/memory.max"},
		{"version 2, over the limit", map[string]string{
			"proc/self/cgroup":             "0::/\n",
			"sys/fs/cgroup/memory.max":     "1000\n",
			"sys/fs/cgroup/memory.current": "2000\n",
		}, 0, "the limit in /sys/fs/cgroup/memory.max"},
		{"version 2, below unified", map[string]string{
			"proc/self/cgroup":                       "0::/j\n",
			"sys/fs/cgroup/unified/j/memory.max":     "1000\n",
			"sys/fs/cgroup/unified/j/memory.current": "1\n",
		}, 999, "the limit in /sys/fs/cgroup/unified/j/memory.max"},
		{"version 1 among other controllers", map[string]string{
			"proc/self/cgroup": "4:cpuacct,memory:/job\n1:cpu:/\n0::/\n",
			"sys/fs/cgroup/memory/job/memory.limit_in_bytes": "900000\n",
			"sys/fs/cgroup/memory/job/memory.usage_in_bytes": "400000\n",
			"sys/fs/cgroup/memory/job/memory.stat":           "inactive_file 9\ntotal_inactive_file 100000\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes":     "9223372036854771712\n",
			"sys/fs/cgroup/memory/memory.usage_in_bytes":     "400000\n",
		}, 600000, "the limit in /sys/fs/cgroup/memory/job/memory.limit_in_bytes"},
		{"version 1 whose own path is not mounted", map[string]string{
			"proc/self/cgroup":                           "4:memory:/docker/0123\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "900000\n",
			"sys/fs/cgroup/memory/memory.usage_in_bytes": "400000\n",
		}, 500000, "the limit in /sys/fs/cgroup/memory/memory.limit_in_bytes"},
		{"garbage is no limit", map[string]string{
			"proc/self/cgroup":             "\n:\n0:\nx:y:z\n0::../..\n",
			"sys/fs/cgroup/memory.max":     "-5\n",
			"sys/fs/cgroup/memory.current": "many\n",
		}, 1024000, "MemAvailable of /proc/meminfo"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.files["proc/meminfo"] = meminfo
			m, err := AvailableIn(files(c.files))
			if err != nil {
				t.Fatal(err)
			}
			if m.Bytes != c.bytes || m.Source != c.source {
				t.Errorf("%d bytes by %q, want %d by %q", m.Bytes, m.Source, c.bytes, c.source)
			}
		})
	}
}

func TestMeminfoOfAnOldKernel(t *testing.T) {
	n, err := parseMeminfo("MemTotal: 9 kB\nMemFree: 1 kB\nBuffers: 2 kB\nCached: 3 kB\n")
	if err != nil || n != 6*1024 {
		t.Errorf("%d, error %v", n, err)
	}
}

func TestMeminfoThatCannotBeRead(t *testing.T) {
	for text, want := range map[string]string{
		"":                                `there is no line "MemFree"`,
		"MemFree: x kB\n":                 `cannot read the line "MemFree: x kB"`,
		"MemFree: 1 MB\n":                 `cannot read the line "MemFree: 1 MB"`,
		"MemFree: 9223372036854775807 kB": `cannot read the line "MemFree: 9223372036854775807 kB"`,
	} {
		if _, err := parseMeminfo(text); err == nil || err.Error() != want {
			t.Errorf("%q: error %v, want %s", text, err, want)
		}
	}
	if _, err := AvailableIn(files(nil)); err == nil || !strings.HasPrefix(err.Error(), "sysmem: ") {
		t.Errorf("no files: error %v", err)
	}
}

func TestPeakRSSIn(t *testing.T) {
	n, err := PeakRSSIn(files(map[string]string{"proc/self/status": "Name:\tx\nVmHWM:\t   12345 kB\nVmRSS:\t1 kB\n"}))
	if err != nil || n != 12345*1024 {
		t.Errorf("%d, error %v", n, err)
	}
	if _, err := PeakRSSIn(files(nil)); err == nil {
		t.Error("no file: no error")
	}
}

// TestThisMachine holds the real files to what must be true of any machine.
func TestThisMachine(t *testing.T) {
	if _, err := os.Stat("/proc/meminfo"); err != nil {
		t.Skip("no /proc/meminfo here: ", err)
	}
	m, err := Available()
	if err != nil || m.Bytes <= 0 || m.Source == "" {
		t.Errorf("available %+v, error %v", m, err)
	}
	peak, err := PeakRSS()
	if err != nil || peak < 1<<20 {
		t.Errorf("peak %d bytes, error %v", peak, err)
	}
}
