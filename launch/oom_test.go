package launch

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOOMCount(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		want  int
		known bool
	}{
		{"version 2", map[string]string{
			"proc/self/cgroup":                          "0::/user/job\n",
			"sys/fs/cgroup/user/job/memory.events":      "low 0\noom 4\noom_kill 3\noom_group_kill 0\n",
			"sys/fs/cgroup/memory/x/memory.oom_control": "oom_kill 9\n",
		}, 3, true},
		{"version 2 in a container", map[string]string{
			"proc/self/cgroup":            "0::/docker/abc\n",
			"sys/fs/cgroup/memory.events": "oom_kill 1\n",
		}, 1, true},
		{"version 1", map[string]string{
			"proc/self/cgroup": "9:name=systemd:/\n4:memory:/job\n0::/\n",
			"sys/fs/cgroup/memory/job/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
		}, 2, true},
		{"the root", map[string]string{"proc/self/cgroup": "0::/\n"}, 0, false},
		{"nothing", nil, 0, false},
		{"nonsense", map[string]string{"proc/self/cgroup": "0\n0::/\n", "sys/fs/cgroup/memory.events": "oom_kill many\n"}, 0, false},
	} {
		root := t.TempDir()
		for name, text := range c.files {
			file := filepath.Join(root, name)
			if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		if n, known := oomCount(root); n != c.want || known != c.known {
			t.Errorf("%s: %d, %v; want %d, %v", c.name, n, known, c.want, c.known)
		}
	}
}

func TestWhyKilled(t *testing.T) {
	for _, c := range []struct {
		before, now int
		known       bool
		want        string
	}{
		{1, 2, true, "out of memory: the cgroup's oom_kill count rose from 1 to 2"},
		{1, 1, true, "not by the kernel for want of memory"},
		{0, 0, false, "likely out of memory (dmesg tells), or by hand"},
	} {
		if got := whyKilled(c.before, c.known, c.now, c.known); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s; want %s", got, c.want)
		}
	}
}
