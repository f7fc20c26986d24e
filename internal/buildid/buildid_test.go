package buildid

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

func TestRunning(t *testing.T) {
	got, err := Running()
	if err != nil {
		t.Fatal(err)
	}
	if want := regexp.MustCompile(`^` + regexp.QuoteMeta(Version) + `\+[0-9a-f]{12}$`); !want.MatchString(got) {
		t.Errorf("Running() = %q, want %s", got, want)
	}
}

// TestDifferentBuilds: two programs that differ in one constant have two names.
func TestDifferentBuilds(t *testing.T) {
	dir := t.TempDir()
	build := func(name, text string) string {
		src := filepath.Join(dir, name+".go")
		if err := os.WriteFile(src, []byte("package main\n\nfunc main() { print("+text+") }\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		out := filepath.Join(dir, name)
		if msg, err := exec.Command("go", "build", "-o", out, src).CombinedOutput(); err != nil {
			t.Fatalf("go build: %v\n%s", err, msg)
		}
		id, err := File(out)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	if a, b := build("a", `"1"`), build("b", `"2"`); a == b {
		t.Errorf("both builds are named %s", a)
	}
}

func TestNotAProgram(t *testing.T) {
	path := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(path, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	if id, err := File(path); err == nil {
		t.Errorf("File(text) = %q, want an error", id)
	}
}

// FuzzGoBuildID: no file makes it fail but by an error.
func FuzzGoBuildID(f *testing.F) {
	head, err := readHead("/proc/self/exe")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(head)
	f.Add(head[:headerBytes])
	f.Add([]byte("\x7fELF"))
	f.Fuzz(func(t *testing.T, head []byte) {
		if id, err := goBuildID(head); err == nil && len(id) == 0 {
			t.Error("an empty build id and no error")
		}
	})
}

func TestNoGoProgram(t *testing.T) {
	path, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	if id, err := File(path); !errors.Is(err, errNoBuildID) {
		t.Errorf("File(sh) = %q, %v: want %v", id, err, errNoBuildID)
	}
}
