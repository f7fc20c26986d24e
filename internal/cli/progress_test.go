package cli

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestProgressLine(t *testing.T) {
	for _, c := range [][2]int{{0, 1}, {3, 12}, {12, 12}} {
		line := progressLine(c[0], c[1])
		done, total, ok := parseProgress(strings.TrimSuffix(line, "\n"))
		if !ok || done != c[0] || total != c[1] {
			t.Errorf("parseProgress(%q) = %d, %d, %v, want %v", line, done, total, ok, c)
		}
	}
	for _, line := range []string{"", "iterations", progressPrefix, progressPrefix + "1 2", progressPrefix + "1 2" + progressSuffix + "x",
		progressPrefix + "1 0" + progressSuffix, progressPrefix + " 1 2" + progressSuffix} {
		if done, total, ok := parseProgress(line); ok {
			t.Errorf("parseProgress(%q) = %d, %d, want none", line, done, total)
		}
	}
}

// TestProgressFilter: progress lines go to the bar, all else passes in order.
func TestProgressFilter(t *testing.T) {
	var out bytes.Buffer
	var shown []string
	f := &progressFilter{&out, func(done, total int) { shown = append(shown, fmt.Sprintf("%d/%d", done, total)) }}
	for _, p := range []string{"one\n", progressLine(1, 3), "two\n" + progressLine(2, 3) + "three\n", progressLine(3, 3)} {
		if n, err := f.Write([]byte(p)); n != len(p) || err != nil {
			t.Fatalf("Write(%q) = %d, %v", p, n, err)
		}
	}
	if got, want := out.String(), "one\ntwo\nthree\n"; got != want {
		t.Errorf("passed on %q, want %q", got, want)
	}
	if got, want := strings.Join(shown, " "), "1/3 2/3 3/3"; got != want {
		t.Errorf("shown %q, want %q", got, want)
	}
}

// TestDisplay plays what was written on a terminal, and wants the lines whole
// and no bar left.
func TestDisplay(t *testing.T) {
	var screen bytes.Buffer
	d := &display{terminal: &screen}
	out := d.writer(&screen)
	for i := range 4 {
		d.Progress(i, 4)
		fmt.Fprintf(out, "line %d\n", i)
		if i == 1 && !strings.Contains(lastLine(screen.String()), "/4") {
			t.Errorf("no bar at the foot: %q", lastLine(screen.String()))
		}
	}
	d.Progress(4, 4)
	fmt.Fprintln(out, "done")
	if got, want := played(screen.String()), "line 0\nline 1\nline 2\nline 3\ndone\n"; got != want {
		t.Errorf("the terminal shows %q, want %q", got, want)
	}
}

// TestDisplayWithinLine: a prompt is left alone, and the bar comes back below it.
func TestDisplayWithinLine(t *testing.T) {
	var screen bytes.Buffer
	d := &display{terminal: &screen}
	out := d.writer(&screen)
	d.Progress(1, 4)
	fmt.Fprint(out, "name? ")
	d.Progress(2, 4)
	if got, want := played(screen.String()), "name? "; got != want {
		t.Errorf("the terminal shows %q, want %q", got, want)
	}
	fmt.Fprint(out, "x\n")
	d.Progress(3, 4)
	if !strings.Contains(lastLine(screen.String()), "/4") {
		t.Errorf("no bar at the foot: %q", lastLine(screen.String()))
	}
	d.Progress(4, 4)
	if got, want := played(screen.String()), "name? x\n"; got != want {
		t.Errorf("the terminal shows %q, want %q", got, want)
	}
}

// TestItemsProgress: the bar counts the items of all iterations, seldom, and
// never misses the end.
func TestItemsProgress(t *testing.T) {
	if itemsProgress(nil, 3) != nil {
		t.Error("progress is told though nobody looks")
	}
	var shown []string
	items := itemsProgress(func(done, total int) { shown = append(shown, fmt.Sprintf("%d/%d", done, total)) }, 3)
	const many = 10000
	for iteration := range 3 {
		for done := range many + 1 {
			items(iteration, done, many)
		}
	}
	if first, last := shown[0], shown[len(shown)-1]; first != "0/30000" || last != "30000/30000" {
		t.Errorf("shown from %s to %s, want 0/30000 to 30000/30000", first, last)
	}
	if len(shown) > many {
		t.Errorf("%d calls: they are not thinned out", len(shown))
	}
}

func TestDisplayRemove(t *testing.T) {
	var screen bytes.Buffer
	d := &display{terminal: &screen}
	d.Progress(1, 4)
	d.Remove()
	d.Remove()
	if got := played(screen.String()); got != "" {
		t.Errorf("the terminal shows %q, want nothing", got)
	}
}

// played is what a terminal shows of text: a carriage return and the erasing of
// a line are all that the bar uses.
func played(text string) string {
	var lines []string
	for _, line := range strings.SplitAfter(text, "\n") {
		body, end := strings.TrimSuffix(line, "\n"), line[len(strings.TrimSuffix(line, "\n")):]
		shown := ""
		for i, part := range strings.Split(body, "\x1b[2K\r") {
			if i > 0 {
				shown = ""
			}
			for j, segment := range strings.Split(part, "\r") {
				if j > 0 && len(segment) < len(shown) {
					segment += shown[len(segment):]
				}
				shown = segment
			}
		}
		lines = append(lines, shown+end)
	}
	return strings.Join(lines, "")
}

func lastLine(text string) string { return text[strings.LastIndex(text, "\n")+1:] }

func TestBarLine(t *testing.T) {
	began := time.Unix(1000, 0)
	for _, c := range []struct {
		done, total int
		after       time.Duration
		want        string
	}{
		{0, 4, time.Second, "items   0% [                              ] 0/4"},
		{1, 4, 10 * time.Second, "items  25% [#######                       ] 1/4, 30s left"},
		{999, 1000, 999 * time.Second, "items 100% [############################# ] 999/1000, 1s left"},
	} {
		if got := (bar{began, c.done, c.total}).line(began.Add(c.after), 80); got != c.want {
			t.Errorf("%d of %d after %v:\n got %q\nwant %q", c.done, c.total, c.after, got, c.want)
		}
	}
	for columns := range 100 {
		if got := (bar{began, 72, 150}).line(began.Add(time.Minute), columns); len(got) >= max(columns, 1) {
			t.Errorf("%q wraps on a terminal of %d columns", got, columns)
		}
	}
	if got, want := (bar{began, 75, 150}).line(began.Add(time.Minute), 40), "items  50% [####    ] 75/150, 1m0s left"; got != want {
		t.Errorf("on 40 columns %q, want %q", got, want)
	}
	if got := (bar{began, 1, 1 << 60}).line(began.Add(time.Hour), 80); len(got) > 79 {
		t.Errorf("%d columns: %q", len(got), got)
	}
}
