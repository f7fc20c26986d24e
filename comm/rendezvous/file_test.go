package rendezvous

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func openFile(t *testing.T, parent string) *File {
	t.Helper()
	f, err := OpenFile(parent, "j17")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFileStore(t *testing.T) {
	ctx := deadline(t)
	parent := t.TempDir()
	a, b := openFile(t, parent), openFile(t, parent)
	done := make(chan error, 1)
	go func() { // asks before the value is there
		v, err := b.Get(ctx, "odd/key%")
		if err == nil && v != "value" {
			t.Errorf("got %q", v)
		}
		done <- err
	}()
	if err := a.Put(ctx, "odd/key%", "value"); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	dir := filepath.Join(parent, "numcomp-j17")
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder: %v, %v", info, err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Fatalf("the folder holds %v, %v", files, err)
	}
	if info, err := files[0].Info(); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the value: %v, %v", info, err)
	}
	if err := b.Put(ctx, "odd/key%", "other"); err == nil || !strings.Contains(err.Error(), "two processes claim one rank") {
		t.Errorf("a second put: %v", err)
	}
	if err := b.Put(ctx, "b", "value"); err != nil {
		t.Error(err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Errorf("the first to close took the folder along: %v", err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(parent); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestFileGetIsBounded(t *testing.T) {
	f := openFile(t, t.TempDir())
	defer f.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := f.Get(ctx, "never"); err == nil || !strings.Contains(err.Error(), "never was not put") {
		t.Errorf("got %v", err)
	}
}

func TestFileRefusesFolders(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(path string) error
		want string
	}{
		{"open to others", func(p string) error {
			if err := os.Mkdir(p, 0o755); err != nil {
				return err
			}
			return os.Chmod(p, 0o755)
		}, "others can reach it"},
		{"link", func(p string) error { return os.Symlink(t.TempDir(), p) }, "is not a folder"},
		{"file", func(p string) error { return os.WriteFile(p, nil, 0o600) }, "is not a folder"},
		{"another's", func(p string) error {
			if err := os.Mkdir(p, 0o700); err != nil {
				return err
			}
			return os.Chown(p, 65534, 65534)
		}, "belongs to uid 65534"},
	} {
		t.Run(c.name, func(t *testing.T) {
			parent := t.TempDir()
			err := c.make(filepath.Join(parent, "numcomp-j17"))
			if errors.Is(err, fs.ErrPermission) && os.Geteuid() != 0 && os.Getenv("CI") != "true" {
				t.Skip("only root can give a folder away: ", err)
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := OpenFile(parent, "j17"); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
	for _, job := range []string{"", "a/b"} {
		if _, err := OpenFile(t.TempDir(), job); err == nil {
			t.Errorf("job %q was accepted", job)
		}
	}
	if _, err := OpenFile(filepath.Join(t.TempDir(), "none"), "j"); err == nil {
		t.Error("a missing parent was accepted")
	}
}

func TestJoinByFile(t *testing.T) {
	parent := t.TempDir()
	joined(t, worldOptions{size: 40, fan: 3, store: func(int) (Store, error) { return OpenFile(parent, "j17") }}).leave(t)
	if left, _ := os.ReadDir(parent); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}
