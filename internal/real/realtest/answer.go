package realtest

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"codeberg.org/sbinet/npyio"
)

// readNpy reads a float64 array with the npyio library, not with the program's
// own code, which is what is being tested.
func readNpy(t *testing.T, path string) (shape []int, data []float64) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := npyio.NewReader(f)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if err := r.Read(&data); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return r.Header.Descr.Shape, data
}

// Answer runs numcomp on the real input with the launcher's words before it, and
// holds its output to what scipy computed from the same files.
func Answer(t *testing.T, program string, env []string, launcher ...string) Result {
	t.Helper()
	return AnswerTo(t, Cmd{Args: append(slices.Clone(launcher), program), Env: env})
}

// AnswerTo is Answer for a command that runs numcomp and takes its flags.
func AnswerTo(t *testing.T, c Cmd) Result {
	t.Helper()
	out := filepath.Join(t.TempDir(), "r.npy")
	c.Args = append(slices.Clone(c.Args),
		"--input", Data(t, "image.npy"), "--filters", Data(t, "bank.npy"), "--output", out, "--iterations", "2", "--burns", "1")
	r := OK(t, c)
	SameAsScipy(t, out)
	return r
}

// SameAsScipy compares the file at path with scipy's answer for image.npy and
// bank.npy: both sum 16 products, in another order at most.
func SameAsScipy(t *testing.T, path string) {
	t.Helper()
	shape, got := readNpy(t, path)
	wantShape, want := readNpy(t, Data(t, "want.npy"))
	if !slices.Equal(shape, wantShape) {
		t.Fatalf("shape %v, want scipy's %v", shape, wantShape)
	}
	for i := range want {
		if d := math.Abs(got[i] - want[i]); !(d <= 1e-13*(1+math.Abs(want[i]))) {
			t.Fatalf("element %d is %v, scipy's %v", i, got[i], want[i])
		}
	}
}

// Report is the part of numcomp's JSON that the suites look at.
type Report struct {
	World struct {
		Size          int    `json:"size"`
		Nodes         int    `json:"nodes"`
		SharedNodes   int    `json:"shared_nodes"`
		Launcher      string `json:"launcher"`
		Engine        string `json:"engine"`
		KernelVariant string `json:"kernel_variant"`
	} `json:"world"`
	Iterations []struct {
		Index   int     `json:"index"`
		Burn    bool    `json:"burn"`
		Seconds float64 `json:"seconds"`
	} `json:"iterations"`
	ResultSHA256 string  `json:"result_sha256"`
	BytesMoved   float64 `json:"bytes_moved"`
}

// JSON runs the command, which must print its report to standard output by
// `--json -`, and returns the report.
func JSON(t *testing.T, c Cmd) Report {
	t.Helper()
	r := OK(t, c)
	start := strings.Index(r.Stdout, "{")
	if start < 0 {
		t.Fatalf("no JSON on standard output:\n%s", r.Stdout)
	}
	var rep Report
	if err := json.NewDecoder(strings.NewReader(r.Stdout[start:])).Decode(&rep); err != nil {
		t.Fatalf("%v in:\n%s", err, r.Stdout)
	}
	return rep
}

// Small is a workload that takes a moment: enough items for uneven shares.
func Small(more ...string) []string {
	return append([]string{"--size", "100x90", "--items", "13", "--iterations", "2", "--burns", "1", "--json", "-"}, more...)
}
