package wholefile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// text writes s.
func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

// only checks that a folder holds these files and no others, sorted.
func only(t *testing.T, folder string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s holds %q, want %q", folder, got, want)
	}
}

// TestWriteFails leaves the old file and nothing else.
func TestWriteFails(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "r.npy")
	if err := os.WriteFile(path, []byte("old"), 0o640); err != nil {
		t.Fatal(err)
	}
	cause := errors.New("the disk is full")
	err := Write(path, func(w io.Writer) error {
		if _, err := w.Write(make([]byte, 100)); err != nil {
			return err
		}
		return cause
	})
	if !errors.Is(err, cause) {
		t.Errorf("%v, want %v", err, cause)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "old" {
		t.Errorf("the old file is %q, %v", got, err)
	}
	only(t, folder, "r.npy")

	// And then it works, and keeps the permissions.
	if err := Write(path, text("new")); err != nil {
		t.Fatal(err)
	}
	only(t, folder, "r.npy")
	if s, err := os.Stat(path); err != nil || s.Mode().Perm() != 0o640 {
		t.Errorf("the permissions became %v, %v", s.Mode(), err)
	}
}

// TestUnwritable has the same refusals, before and after the work.
func TestUnwritable(t *testing.T) {
	folder := t.TempDir()
	at := func(name string) string { return filepath.Join(folder, name) }
	if err := os.WriteFile(at("plain"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for to, link := range map[string]string{"nowhere.npy": "dangling.npy", "real.npy": "link.npy"} {
		if err := os.Symlink(to, at(link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(at("real.npy"), []byte("old"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ path, want string }{
		{"", "cannot write : no name is given"},
		{at("out/r.npy"), "cannot write " + at("out/r.npy") + ": the folder " + at("out") + " does not exist"},
		{at("plain/r.npy"), "cannot write " + at("plain/r.npy") + ": " + at("plain") + " is not a folder"},
		{folder, "cannot write " + folder + ": it is a folder"},
		{at("dangling.npy"), "cannot write " + at("dangling.npy") + ": it is a symbolic link to a file that does not exist"},
		{"/dev/null", "cannot write /dev/null: it is not a regular file (Dcrw-rw-rw-)"},
		{at("new.npy"), ""},
		{at("link.npy"), ""},
	} {
		check, write := Check(c.path), error(nil)
		if c.want != "" {
			write = Write(c.path, text("new"))
		}
		for what, err := range map[string]error{"Check": check, "Write": write} {
			text := ""
			if err != nil {
				text = err.Error()
			}
			if c.path == "/dev/null" && err != nil {
				text = c.want // the mode's text is the system's
			}
			if text != c.want {
				t.Errorf("%s(%q):\n got %s\nwant %s", what, c.path, text, c.want)
			}
		}
	}
	only(t, folder, "dangling.npy", "link.npy", "plain", "real.npy")

	if err := Write(at("link.npy"), text("new")); err != nil {
		t.Fatal(err)
	}
	if s, err := os.Lstat(at("link.npy")); err != nil || s.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link was replaced: %v, %v", s.Mode(), err)
	}
	if got, err := os.ReadFile(at("real.npy")); err != nil || string(got) != "new" {
		t.Errorf("through the link: %q, %v", got, err)
	}
}
