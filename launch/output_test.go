package launch

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestOutputLines: whole lines, in order per rank, none lost, with labels.
func TestOutputLines(t *testing.T) {
	const ranks, n = 4, 4000
	r, s, err := run(t, ranks, []string{"lines", strconv.Itoa(n)}, func(s *Spec) { s.Label = true })
	if err != nil || s.Code != 0 {
		t.Fatalf("%+v, %v", s, err)
	}
	var next [ranks]int
	for line := range strings.Lines(r.out.String()) {
		var label int
		if _, err := fmt.Sscanf(line, "[%d]", &label); err != nil || label < 0 || label >= ranks {
			t.Fatalf("%q has no label", line)
		}
		if want := fmt.Sprintf("[%d] %s\n", label, testLine(strconv.Itoa(label), next[label])); line != want {
			t.Fatalf("%q, want %q", line, want)
		}
		next[label]++
	}
	for rank, got := range next {
		if got != n {
			t.Errorf("rank %d has %d lines", rank, got)
		}
	}
}

// TestOutputBytes: what one rank writes comes out bit by bit.
func TestOutputBytes(t *testing.T) {
	const n = 8 << 20
	r, s, err := run(t, 1, []string{"bytes", strconv.Itoa(n)})
	if err != nil || s.Code != 0 {
		t.Fatalf("%+v, %v", s, err)
	}
	if got := []byte(r.out.String()); sha256.Sum256(got) != sha256.Sum256(testBytes(n)) {
		t.Errorf("%d bytes came out, and not those that went in", len(got))
	}
}

// TestOutputLongLines: lines of a few MiB are not torn.
func TestOutputLongLines(t *testing.T) {
	const ranks, n = 3, 3 << 20
	r, s, err := run(t, ranks, []string{"longline", strconv.Itoa(n)})
	if err != nil || s.Code != 0 {
		t.Fatalf("%+v, %v", s, err)
	}
	total := 0
	for line := range strings.Lines(r.out.String()) {
		text := strings.TrimSuffix(line, "\n")
		if text == "" || strings.Trim(text, text[:1]) != "" {
			t.Fatalf("a line of %d bytes mixes ranks", len(text))
		}
		total += len(text)
	}
	if total != ranks*n {
		t.Errorf("%d bytes of %d", total, ranks*n)
	}
}

// TestOutputNoNewline: what comes last is written though its line does not end.
func TestOutputNoNewline(t *testing.T) {
	for range 20 {
		r, s, err := run(t, 1, nil, func(s *Spec) {
			s.Argv = []string{"/bin/sh", "-c", "printf 'no newline'; printf 'nor here' >&2; exit 4"}
		})
		if s.Code != 4 || err == nil || r.out.String() != "no newline" || r.err.String() != "nor here" {
			t.Fatalf("%+v, %v: %q %q", s, err, r.out, r.err)
		}
	}
}

// TestOutputOfTheDead: what was written before a kill -9 is not lost.
func TestOutputOfTheDead(t *testing.T) {
	r, s, err := run(t, 2, nil, func(s *Spec) {
		s.Argv = []string{"/bin/sh", "-c", "echo last words $NUMCOMP_RANK; [ $NUMCOMP_RANK = 1 ] && kill -9 $$; sleep 1000"}
	})
	if s.Code != 137 || err == nil || !strings.Contains(r.out.String(), "last words 1\n") {
		t.Errorf("%+v, %v: %q", s, err, r.out)
	}
}

func TestOutputDir(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "out")
	r, s, err := run(t, 3, nil, func(s *Spec) {
		s.Argv = []string{"/bin/sh", "-c", "echo out $NUMCOMP_RANK; echo err $NUMCOMP_RANK >&2"}
		s.OutputDir = dir
	})
	if err != nil || s.Code != 0 || r.out.String()+r.err.String() != "" {
		t.Fatalf("%+v, %v: %q %q", s, err, r.out, r.err)
	}
	for rank := range 3 {
		for _, kind := range []string{"out", "err"} {
			b, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("rank.%d.%s", rank, kind)))
			if want := fmt.Sprintf("%s %d\n", kind, rank); err != nil || string(b) != want {
				t.Errorf("rank.%d.%s: %q, %v", rank, kind, b, err)
			}
		}
	}
}

func TestStdin(t *testing.T) {
	const n = 3 << 20
	in, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	go func() {
		w.Write(testBytes(n))
		w.Close()
	}()
	r, s, err := run(t, 3, []string{"cat"}, func(s *Spec) { s.Stdin = in })
	if err != nil || s.Code != 0 {
		t.Fatalf("%+v, %v: %s", s, err, r.err)
	}
	if got := []byte(r.out.String()); !bytes.Equal(got, testBytes(n)) {
		t.Errorf("%d bytes came back, and not those that went in", len(got))
	}
	for _, want := range []string{fmt.Sprintf("0: %d bytes\n", n), "1: 0 bytes\n", "2: 0 bytes\n"} {
		if !strings.Contains(r.err.String(), want) {
			t.Errorf("no %q in %q", want, r.err)
		}
	}
}

// TestStdinKinds: what is not a file, an empty one, and none.
func TestStdinKinds(t *testing.T) {
	empty, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer empty.Close()
	for _, c := range []struct {
		in   io.Reader
		want string
	}{
		{strings.NewReader("from memory"), "from memory"},
		{empty, ""},
		{nil, ""},
	} {
		r, s, err := run(t, 2, []string{"cat"}, func(s *Spec) { s.Stdin = c.in })
		if err != nil || s.Code != 0 || r.out.String() != c.want {
			t.Errorf("%+v, %v: %q, want %q", s, err, r.out, c.want)
		}
	}
}

// TestStdinNotRead: input that nobody wants does not hold up the end.
func TestStdinNotRead(t *testing.T) {
	in, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	wrote := make(chan error, 1)
	go func() {
		_, err := w.Write(testBytes(1 << 20))
		wrote <- err
	}()
	if _, s, err := run(t, 2, []string{"ignore-stdin"}, func(s *Spec) { s.Stdin = in }); err != nil || s.Code != 0 {
		t.Errorf("%+v, %v", s, err)
	}
	in.Close()
	if err := <-wrote; !errors.Is(err, syscall.EPIPE) {
		t.Errorf("the writer: %v", err)
	}
	w.Close()
}

// TestPrompt: an unfinished line is shown while its rank waits for the answer.
func TestPrompt(t *testing.T) {
	in, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	r := start(t, 2, []string{"prompt"}, func(s *Spec) { s.Stdin = in })
	r.out.await(t, "name? ", 1)
	io.WriteString(w, "bob\n")
	w.Close()
	if s, err := r.wait(); err != nil || s.Code != 0 || r.out.String() != "name? hello bob\n" {
		t.Errorf("%+v, %v: %q", s, err, r.out)
	}
}

// gate is a writer that takes nothing until it is opened.
type gate struct {
	open chan struct{}
	buffer
}

func (g *gate) Write(p []byte) (int, error) {
	<-g.open
	return len(p), nil
}

// TestSlowConsumer: while nobody reads, ranks are held up and little is kept;
// then all of it comes.
func TestSlowConsumer(t *testing.T) {
	in, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	// Rank 0 says on its standard error when it has written 16 MiB: it cannot
	// have before the gate is open.
	g := &gate{open: make(chan struct{})}
	r := start(t, 1, nil, func(s *Spec) {
		s.Argv = []string{"/bin/sh", "-c", "read x; echo begin >&2; head -c 16777216 /dev/zero; echo end >&2"}
		s.Stdout = g
		s.Stdin = in
	})
	io.WriteString(w, "go\n")
	w.Close()
	r.err.await(t, "begin", 1)
	if strings.Contains(r.err.String(), "end") {
		t.Error("16 MiB went into a writer that takes nothing")
	}
	close(g.open)
	if s, err := r.wait(); err != nil || s.Code != 0 || !strings.Contains(r.err.String(), "end") {
		t.Errorf("%+v, %v: %q", s, err, r.err)
	}
}

// TestStuckConsumer: a second signal ends a job whose output nobody reads.
func TestStuckConsumer(t *testing.T) {
	g := &gate{open: make(chan struct{})}
	r := start(t, 2, nil, func(s *Spec) {
		s.Argv = []string{"/bin/sh", "-c", "echo begin >&2; cat /dev/zero"}
		s.Stdout = g
	})
	r.err.await(t, "begin", 2)
	r.signals <- syscall.SIGTERM
	r.signals <- syscall.SIGTERM
	if s, err := r.wait(); s.Code != 143 || err == nil {
		t.Errorf("%+v, %v", s, err)
	}
	close(g.open) // lets the abandoned Write go
}

// TestBrokenConsumer: output that cannot be written ends the job, and says so.
func TestBrokenConsumer(t *testing.T) {
	_, s, err := run(t, 2, []string{"wait"}, func(s *Spec) { s.Stdout = brokenWriter{} })
	if s.Code != 1 || err == nil || err.Error() != "launch: output cannot be written: broken" {
		t.Errorf("%+v, %v", s, err)
	}
}
