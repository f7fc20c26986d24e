package bench

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"numcomp/internal/schematest"
)

// metrics are all that there are.
func metrics() []Metric {
	return []Metric{halfRoundTrip(), window(), completion(), bracket(), interval(), Iteration(), Phases()}
}

func section(t *testing.T) string {
	return schematest.Section(t, "What `numcomp bench --json` writes")
}

// TestSchemaIsDocumented holds docs/json.md to the Report.
func TestSchemaIsDocumented(t *testing.T) {
	_, table, ok := strings.Cut(section(t), "| field |")
	if !ok {
		t.Fatal("docs/json.md has no table of fields")
	}
	schematest.Check(t, table, reflect.TypeFor[Report](), nil)
}

// TestMetricsAreDocumented: each is explained in docs/json.md.
func TestMetricsAreDocumented(t *testing.T) {
	for _, m := range metrics() {
		if !strings.Contains(section(t), "\n| `"+m.Name+"` |") || m.Text == "" {
			t.Errorf("docs/json.md does not explain the metric %s", m.Name)
		}
	}
}

func sample() Report {
	return NewReport("bcast", completion(), World{Size: 4, Nodes: 1, CPUs: 2, Launcher: "numcomp", Engine: "tcp", Transport: "tcp", Algorithm: "chain"},
		&Start{Spawn: 0.5}, []Row{{Bytes: 8, Rounds: 100, MinSeconds: 1e-6, MedianSeconds: 2.5e-6, P99Seconds: 1}})
}

func TestJSON(t *testing.T) {
	var b bytes.Buffer
	if err := sample().JSON(&b); err != nil {
		t.Fatal(err)
	}
	var back Report
	if err := json.Unmarshal(b.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	back.text = sample().text
	if !reflect.DeepEqual(back, sample()) {
		t.Errorf("reads back as %+v", back)
	}
}

func TestText(t *testing.T) {
	var b bytes.Buffer
	if err := sample().Text(&b); err != nil {
		t.Fatal(err)
	}
	want := `# numcomp bench bcast: 4 ranks on 1 node, 2 CPUs, started by numcomp, engine tcp, transport tcp
# Algorithm: chain
# completion: from the first rank leaving a barrier to the last rank having its data, by the one clock of their machine
    Size [B]  Latency [us]      Min [us]      P99 [us]        Rounds
           8          2.50          1.00    1000000.00           100
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

// TestHeadings: the table of every metric begins with what its rows are of.
func TestHeadings(t *testing.T) {
	for metric, want := range map[string][]string{
		"half-round-trip": {"Size [B]  Latency [us]", "P99 [us]  Bandwidth [MB/s]"},
		"window":          {"Size [B]  Bandwidth [MB/s]"},
		"completion":      {"Size [B]  Latency [us]"}, "bracket": {"Size [B]  Latency [us]"},
		"interval":  {"Ranks  Latency [us]", "\n           4 "},
		"iteration": {"Chunk       Items/s", "\n      guided "},
		"phases":    {"Phase   Median [us]"},
	} {
		r := sample()
		r.Metric = metric
		var b bytes.Buffer
		if err := r.Text(&b); err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !strings.Contains(b.String(), w) {
				t.Errorf("%s: no %q in\n%s", metric, w, b.String())
			}
		}
	}
	if n := len(metrics()); n != 7 {
		t.Errorf("%d metrics: add the new one to the table above", n)
	}
}

func TestPhases(t *testing.T) {
	r := sample()
	r.Start = &Start{Spawn: 1, Detect: 2, Exchange: 3, Connect: 4, Meet: 5}
	r.Rows = []Row{{TotalSeconds: 6}}
	rows := PhasesOf([]Run{{Took: 30e9, Report: r}})
	var got []string
	sum := 0.0
	for _, row := range rows {
		got = append(got, row.Phase)
		if row.Rounds != 1 || row.MedianSeconds <= 0 {
			t.Errorf("%+v", row)
		}
		sum += row.MedianSeconds
	}
	if want := "total spawn detect exchange connect meet barriers rest"; strings.Join(got, " ") != want || sum != 60 || rows[7].MedianSeconds != 9 {
		t.Errorf("%v, which are %v s together: %+v", got, sum, rows)
	}
	alone := PhasesOf([]Run{{Took: 30e9}})
	if alone[0].MedianSeconds != 30 || alone[7].MedianSeconds != 30 {
		t.Errorf("a world of one: %+v", alone)
	}
}
