package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"numcomp/internal/job"
)

// TestPythonLines holds the text to the lines that scripts look for.
func TestPythonLines(t *testing.T) {
	var b strings.Builder
	if err := Text(&b, finished()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Number of images: 48\n",
		"Number of workers: 4\n",
		"Time for iteration 0 is 12.500 seconds\n",
		"Time for iteration 1 is 0.300 seconds\n",
		"Average time: 0.400 second(s)\n",
		"Standard deviation: 0.100 second(s)\n",
	} {
		if !strings.Contains("\n"+b.String(), "\n"+want) {
			t.Errorf("there is no line %q in\n%s", want, b.String())
		}
	}
	// What reads Python's numbers must read these.
	lines := regexp.MustCompile(`(?m)^(?:Time for iteration \d+ is|Average time:|Standard deviation:) (\S+) second`).FindAllStringSubmatch(b.String(), -1)
	if len(lines) != 5 {
		t.Errorf("%d lines of times", len(lines))
	}
	for _, l := range lines {
		if _, err := strconv.ParseFloat(l[1], 64); err != nil {
			t.Error(err)
		}
	}
}

func TestFormatSeconds(t *testing.T) {
	for s, want := range map[float64]string{
		0: "0.000", 1: "1.000", 12.3456: "12.346", 123456.789: "123456.789",
		0.1: "0.100", 0.0123456: "0.0123", 0.001: "0.00100", 0.00098765: "0.000988", 1.23456e-9: "0.00000000123",
		0.09999: "0.1000", math.Inf(1): "+Inf",
	} {
		if got := FormatSeconds(s); got != want {
			t.Errorf("%v: %s, want %s", s, got, want)
		}
	}
}

func TestJSONReadsBackExactly(t *testing.T) {
	for _, fill := range []float64{0.1, math.Inf(1), math.Inf(-1), math.NaN()} {
		r := finished()
		r.Plan.Config.Options.FillValue = fill
		r.Plan.Config.Seed = math.MaxUint64
		r.MaxULP = math.Inf(1)
		r.Iterations[1].Gather.Mean = 1.0 / 3
		var b bytes.Buffer
		if err := JSON(&b, r); err != nil {
			t.Fatal(err)
		}
		d := json.NewDecoder(&b)
		d.DisallowUnknownFields()
		var back Document
		if err := d.Decode(&back); err != nil {
			t.Fatal(err)
		}
		want := NewDocument(r)
		if math.IsNaN(fill) {
			if !math.IsNaN(float64(back.Workload.FillValue)) {
				t.Errorf("fill value %v", back.Workload.FillValue)
			}
			back.Workload.FillValue, want.Workload.FillValue = 0, 0
		}
		if !reflect.DeepEqual(back, want) {
			t.Errorf("got  %+v\nwant %+v", back, want)
		}
	}
}

func TestCSVReadsBackExactly(t *testing.T) {
	r := finished()
	r.Iterations[0].Seconds = 1.0 / 3
	r.Iterations[1].Idle.Max = 1e-300
	var b bytes.Buffer
	if err := CSV(&b, r); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 1+len(r.Iterations) {
		t.Fatalf("%d rows", len(rows))
	}
	for i, it := range r.Iterations {
		want := reflect.ValueOf(newRow(it))
		for j, name := range rows[0] {
			field := want.Type().Field(j)
			if field.Tag.Get("json") != name {
				t.Errorf("column %d is %s, want %s", j, name, field.Tag.Get("json"))
			}
			if f, ok := want.Field(j).Interface().(float64); ok {
				if got, err := strconv.ParseFloat(rows[i+1][j], 64); err != nil || got != f {
					t.Errorf("row %d, %s: %s, want %v", i, name, rows[i+1][j], f)
				}
			}
		}
	}
}

// TestWriteErrors: a full disk is told.
func TestWriteErrors(t *testing.T) {
	for name, write := range map[string]func(io.Writer, *job.Result) error{
		"text": Text, "head": Head, "tail": Tail, "json": JSON, "csv": CSV,
		"iteration": func(w io.Writer, r *job.Result) error { return Iteration(w, r.Iterations[0]) },
	} {
		if err := write(failing{}, finished()); !errors.Is(err, iotest.ErrTimeout) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	// The head may go through and an iteration's line fail.
	if err := Text(iotest.TruncateWriter(io.Discard, 0), finished()); err != nil {
		t.Error(err)
	}
	for n := range 4 {
		if err := Text(&failsAfter{n}, finished()); !errors.Is(err, iotest.ErrTimeout) {
			t.Errorf("write %d: error %v", n, err)
		}
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, iotest.ErrTimeout }

type failsAfter struct{ n int }

func (f *failsAfter) Write(p []byte) (int, error) {
	if f.n == 0 {
		return 0, iotest.ErrTimeout
	}
	f.n--
	return len(p), nil
}

func TestVerificationLine(t *testing.T) {
	for want, change := range map[string]func(*job.Result){
		"every item equals the reference, bit for bit":                func(r *job.Result) { r.MaxULP = 0 },
		"every item within 1.250 ULP of the reference, 16.0 accepted": func(*job.Result) {},
		"failed: 40.000 ULP from the reference, 16.0 accepted":        func(r *job.Result) { r.Verified, r.MaxULP = false, 40 },
	} {
		r := finished()
		change(r)
		if got := verification(r); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
