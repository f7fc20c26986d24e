package npy

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"numcomp/internal/wholefile"
)

// writeHere makes the test binary write a file of 8 MB to the path it holds, while
// the system lets it write 1 MB.
const writeHere = "NPY_TEST_WRITE_HERE"

func TestMain(m *testing.M) {
	if path := os.Getenv(writeHere); path != "" {
		os.Exit(writeLimited(path))
	}
	os.Exit(m.Run())
}

func writeLimited(path string) int {
	signal.Ignore(syscall.SIGXFSZ) // so that the write fails, and not the process
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 1 << 20, Max: 1 << 20}); err != nil {
		fmt.Println(err)
		return 2
	}
	if err := Write(path, []int{1000, 1000}, make([]float64, 1_000_000)); err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

// TestWriteHalfWay has the system refuse to write on, half-way through.
func TestWriteHalfWay(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "r.npy")
	if err := Write(path, []int{1, 2}, []float64{3, 4}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"r.npy", "new.npy"} {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), writeHere+"="+filepath.Join(folder, name))
		out, err := child.Output()
		var status *exec.ExitError
		if !errors.As(err, &status) || status.ExitCode() != 1 {
			t.Fatalf("%v, want status 1: %s", err, out)
		}
		text := string(out)
		if !strings.HasPrefix(text, "npy: cannot write "+filepath.Join(folder, name)+": ") || !strings.Contains(text, "file too large") {
			t.Errorf("%s", text)
		}
		only(t, folder, "r.npy")
	}
	if _, got, err := read[float64](path); err != nil || got[0] != 3 || got[1] != 4 {
		t.Errorf("the old file: %v, %v", got, err)
	}
}

// TestNotPermitted runs as somebody who may not write: root ignores the modes of
// files, so root becomes nobody, for one thread's dealings with files only.
func TestNotPermitted(t *testing.T) {
	folder := t.TempDir()
	closed := filepath.Join(folder, "closed")
	protected := filepath.Join(folder, "open", "protected.npy")
	for path, mode := range map[string]fs.FileMode{filepath.Dir(folder): 0o755, folder: 0o755, closed: 0o555, filepath.Dir(protected): 0o777} {
		if err := errors.Join(os.MkdirAll(path, 0o755), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(protected, []byte("old"), 0o444); err != nil {
		t.Fatal(err)
	}
	unreadable := filepath.Join(folder, "unreadable.npy")
	if err := os.WriteFile(unreadable, nil, 0); err != nil {
		t.Fatal(err)
	}

	done := make(chan struct{})
	go func() {
		defer close(done)
		if os.Getuid() == 0 {
			runtime.LockOSThread() // and never unlocked: the thread ends with us
			if err := unix.Setfsuid(65534); err != nil {
				t.Errorf("setfsuid: %v", err)
				return
			}
		}
		for _, path := range []string{filepath.Join(closed, "r.npy"), protected} {
			for what, err := range map[string]error{
				"Check": wholefile.Check(path),
				"Write": Write(path, []int{1, 1}, []float64{1}),
			} {
				if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "cannot write "+path+": ") {
					t.Errorf("%s: %v, want permission denied", what, err)
				}
			}
		}
		if _, err := Open(unreadable); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("Open: %v, want permission denied", err)
		}
	}()
	<-done
	only(t, closed)
	only(t, filepath.Dir(protected), "protected.npy")
	if got, err := os.ReadFile(protected); err != nil || string(got) != "old" {
		t.Errorf("the protected file is %q, %v", got, err)
	}
}
