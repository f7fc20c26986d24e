package userkey

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestOneKeyForAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "numcomp", "key")
	keys := make([][Size]byte, 16)
	errs := make([]error, len(keys))
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() { keys[i], errs[i] = LoadOrCreate(path) })
	}
	wg.Wait()
	for i := range keys {
		if errs[i] != nil {
			t.Fatal(errs[i])
		}
		if keys[i] != keys[0] {
			t.Errorf("caller %d has another key than caller 0", i)
		}
	}
	if keys[0] == [Size]byte{} {
		t.Error("the key is all zeros")
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o600 {
		t.Errorf("mode %04o, want 0600", got)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".key-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestRefused(t *testing.T) {
	dir := t.TempDir()
	good := strings.Repeat("ab", Size) + "\n"
	for name, c := range map[string]struct {
		text string
		mode os.FileMode
		want string
	}{
		"open to others": {good, 0o640, "chmod 600"},
		"short":          {"abcd\n", 0o600, "does not hold 32 bytes"},
		"long":           {good + "ab", 0o600, "does not hold 32 bytes"},
		"not hex":        {strings.Repeat("zz", Size), 0o600, "does not hold 32 bytes"},
	} {
		path := filepath.Join(dir, strings.ReplaceAll(name, " ", "-"))
		if err := os.WriteFile(path, []byte(c.text), c.mode); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadOrCreate(path); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(filepath.Join(dir, "open-to-others"), link); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadOrCreate(link); err == nil {
		t.Error("a symbolic link was followed")
	}
	if _, err := LoadOrCreate(dir); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a folder: error %v", err)
	}
}
