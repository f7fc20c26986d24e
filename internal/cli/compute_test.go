package cli

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"numcomp/comm"
	"numcomp/comm/transport/mem"
)

// goroutineRanks stands in for the world: that many ranks in this process. It
// returns rank 0's error.
func goroutineRanks(t *testing.T, size int) ranksFunc {
	return func(ctx context.Context, p *process, o *Options) error {
		errs := make([]error, size)
		var ranks sync.WaitGroup
		for rank, transport := range mem.NewWorld(size) {
			ranks.Go(func() {
				defer transport.Close()
				c, err := comm.NewWorld(transport, nil)
				if err != nil {
					errs[rank] = err
					return
				}
				errs[rank] = p.compute(ctx, world{comm: c, launcher: "goroutines", engine: "mem", start: time.Second}, o)
			})
		}
		ranks.Wait()
		return errs[0]
	}
}

// folder is a working folder with input files.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, spec := range map[string][2]string{
		"image.npy": {"<f8", "20x30"}, "bank.npy": {"<f8", "3x2x2"}, "images.npy": {"<f8", "3x20x30"},
		"fortran.npy": {"<f8", "20x30"}, "big.npy": {">f8", "20x30"}, "int.npy": {"<i4", "20x30"},
		"complex.npy": {"<c16", "20x30"}, "line.npy": {"<f8", "600"}, "four.npy": {"<f8", "1x1x20x30"},
	} {
		data, err := npyFile(spec[0], spec[1], name == "fortran.npy")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	whole, err := os.ReadFile(filepath.Join(dir, "image.npy"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "short.npy"), whole[:len(whole)-8], 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// small is a workload that takes no time.
var small = []string{"--size", "40x50", "--items", "7", "--iterations", "2", "--burns", "1"}

// TestPythonLines: the lines that old scripts grep, in order, on standard output;
// nothing on standard error.
func TestPythonLines(t *testing.T) {
	status, stdout, stderr := call(t, goroutineRanks(t, 3), small...)
	if status != 0 || stderr != "" {
		t.Fatalf("status %d, standard error %q", status, stderr)
	}
	const seconds = `\d+\.\d{3,}`
	lines := []string{`Number of images: 7\n`, `Number of workers: 3\n`,
		`Time for iteration 0 is ` + seconds + ` seconds\n`, `Time for iteration 1 is ` + seconds + ` seconds\n`, `Time for iteration 2 is ` + seconds + ` seconds\n`,
		`Average time: ` + seconds + ` second\(s\)\n`, `Standard deviation: ` + seconds + ` second\(s\)\n`}
	if pattern := `(?m)^` + strings.Join(lines, `(?s:.*)^`); !regexp.MustCompile(pattern).MatchString(stdout) {
		t.Errorf("standard output is\n%s\nwant %s", stdout, pattern)
	}
}

// TestSameResults: the results are the same to the bit for every world size and
// schedule, and in the file.
func TestSameResults(t *testing.T) {
	dir := folder(t)
	var first []byte
	for size, schedule := range []string{1: "static", 2: "dynamic", 3: "static"} {
		if size == 0 {
			continue
		}
		path := filepath.Join(dir, "result.npy")
		status, _, stderr := call(t, goroutineRanks(t, size), "--input", filepath.Join(dir, "image.npy"), "--filters", filepath.Join(dir, "bank.npy"),
			"--schedule", schedule, "--output", path, "--iterations", "1", "--verify")
		if status != 0 {
			t.Fatalf("%d ranks: status %d: %s", size, status, stderr)
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = got
		}
		if !bytes.Equal(got, first) {
			t.Errorf("%d ranks, %s: another result than 1 rank's", size, schedule)
		}
	}
	if entries, _ := filepath.Glob(filepath.Join(dir, ".numcomp*")); entries != nil {
		t.Errorf("left behind: %v", entries)
	}
}

// TestAcceptedInputs: layouts and types that numpy writes give one result.
func TestAcceptedInputs(t *testing.T) {
	dir := folder(t)
	sum := func(input string) string {
		status, stdout, stderr := call(t, goroutineRanks(t, 2), "--input", filepath.Join(dir, input), "--filters", filepath.Join(dir, "bank.npy"), "--iterations", "1")
		if status != 0 {
			t.Fatalf("%s: status %d: %s", input, status, stderr)
		}
		_, hash, _ := strings.Cut(stdout, "SHA-256:")
		if len(strings.TrimSpace(hash)) != 64 {
			t.Fatalf("%s: no hash in %q", input, stdout)
		}
		return hash
	}
	want := sum("image.npy")
	for _, input := range []string{"fortran.npy", "big.npy"} {
		if got := sum(input); got != want {
			t.Errorf("%s: %q, want %q", input, got, want)
		}
	}
	if got := sum("int.npy"); got == want {
		t.Error("int.npy holds other numbers, and has the same result")
	}
}

// TestDocuments: --json and --csv go where they were sent, whole, and leave
// standard output to themselves with "-".
func TestDocuments(t *testing.T) {
	dir := folder(t)
	file := filepath.Join(dir, "m.csv")
	status, stdout, stderr := call(t, goroutineRanks(t, 2), append(small, "--json", "-", "--csv", file)...)
	if status != 0 || !strings.Contains(stderr, "Average time: ") {
		t.Fatalf("status %d, standard error %q", status, stderr)
	}
	var document struct {
		World      struct{ Size int }
		Iterations []struct{ Burn bool }
	}
	if err := json.Unmarshal([]byte(stdout), &document); err != nil || document.World.Size != 2 || len(document.Iterations) != 3 || !document.Iterations[0].Burn {
		t.Errorf("standard output is %q (%v)", stdout, err)
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if rows, err := csv.NewReader(f).ReadAll(); err != nil || len(rows) != 4 {
		t.Errorf("%d rows of CSV (%v), want a head and 3 iterations", len(rows), err)
	}
}

// TestBadFiles: what cannot be read or written ends the run before it computes,
// and names the flag, the file and the reason; nothing is left behind.
func TestBadFiles(t *testing.T) {
	dir := folder(t)
	before, _ := os.ReadDir(dir)
	in := func(name string) string { return filepath.Join(dir, name) }
	for _, c := range []struct {
		args []string
		want string // of standard error, as a pattern
	}{
		{[]string{"--input", in("none.npy")}, `--input: .*none\.npy: no such file`},
		{[]string{"--input", in("short.npy")}, `--input: .*short\.npy: truncated: .*4800 bytes.*4792`},
		{[]string{"--input", in("complex.npy")}, `--input: .*complex\.npy: .*complex`},
		{[]string{"--input", in("line.npy")}, `--input: .*line\.npy: .*dimension`},
		{[]string{"--input", in("four.npy")}, `--input: .*four\.npy: .*dimension`},
		{[]string{"--input", dir}, `--input: .*directory`},
		{[]string{"--filters", in("none.npy")}, `--filters: .*none\.npy: no such file`},
		{[]string{"--input", in("images.npy"), "--filters", in("bank.npy"), "--items", "4"}, `--input .*images\.npy and --items 4 disagree`},
		{[]string{"--filters", in("bank.npy"), "--items", "4"}, `--filters .*bank\.npy and --items 4 disagree`},
		{[]string{"--output", in("none/r.npy")}, `--output: .*r\.npy: the folder .*none does not exist`},
		{[]string{"--output", dir}, `--output: .*folder`},
		{[]string{"--json", in("none/m.json")}, `--json: .*m\.json: the folder .*none does not exist`},
		{[]string{"--csv", dir}, `--csv: .*folder`},
		{[]string{"--mode", "valid", "--size", "3x3", "--items", "1", "--filter", "4x2"}, `valid`},
	} {
		status, stdout, stderr := call(t, goroutineRanks(t, 2), c.args...)
		if status != statusUsage || stdout != "" || !regexp.MustCompile("^numcomp: .*"+c.want).MatchString(stderr) {
			t.Errorf("%v: status %d, standard output %q, standard error %q, want %s", c.args, status, stdout, stderr, c.want)
		}
	}
	if after, _ := os.ReadDir(dir); len(after) != len(before) {
		t.Errorf("%d files in the folder, before there were %d", len(after), len(before))
	}
}

// TestTooMuchMemory: the run is refused with what it needs and what there is.
func TestTooMuchMemory(t *testing.T) {
	status, stdout, stderr := call(t, goroutineRanks(t, 2), "--size", "10000000x10000000", "--items", "1")
	if status != statusFailed || stdout != "" || !regexp.MustCompile(`needs .*bytes.* available`).MatchString(stderr) {
		t.Errorf("status %d, standard output %q, standard error %q", status, stdout, stderr)
	}
}

// TestSizeAdvice: a number that Python's --size would take as a side is told of.
func TestSizeAdvice(t *testing.T) {
	status, _, stderr := call(t, goroutineRanks(t, 1), "--size", "1000", "--items", "1", "--iterations", "1")
	if status != 0 || !strings.Contains(stderr, "--size 1000x1000") {
		t.Errorf("status %d, standard error %q", status, stderr)
	}
}

// TestFullStandardOutput: a report that cannot be written is a failure.
func TestFullStandardOutput(t *testing.T) {
	var stderr bytes.Buffer
	p := &process{
		args: small, env: func(string) (string, bool) { return "", false },
		stdin: strings.NewReader(""), stdout: full{}, stderr: &stderr, ranks: goroutineRanks(t, 2),
	}
	if status := p.run(context.Background()); status != statusFailed || !strings.Contains(stderr.String(), "cannot write the report: no space") {
		t.Errorf("status %d, standard error %q", status, stderr.String())
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errNoSpace }

var errNoSpace = &os.PathError{Op: "no space", Path: "left", Err: io.ErrShortWrite}

// TestWriteDocument: a file that could not be written whole keeps what it had.
func TestWriteDocument(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.json")
	for _, text := range []string{"old", "new"} {
		if err := writeDocument(path, func(w io.Writer) error { _, err := io.WriteString(w, text); return err }); err != nil {
			t.Fatal(err)
		}
	}
	err := writeDocument(path, func(w io.Writer) error { io.WriteString(w, "half"); return errNoSpace })
	if err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v, want one that names the file", err)
	}
	if got, _ := os.ReadFile(path); string(got) != "new" {
		t.Errorf("the file holds %q, want %q", got, "new")
	}
	if files, _ := os.ReadDir(filepath.Dir(path)); len(files) != 1 {
		t.Errorf("%d files are left, want 1", len(files))
	}
	if err := writeDocument(os.DevNull, func(w io.Writer) error { _, err := io.WriteString(w, "x"); return err }); err != nil {
		t.Error(err)
	}
}
