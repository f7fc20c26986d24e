package launch

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"numcomp/internal/words"
)

// machine has packages of cores of threads, numbered as Linux does on most
// machines: first threads of all cores first.
func machine(packages, cores, threads int) (cpus []cpu) {
	for t := range threads {
		for p := range packages {
			for c := range cores {
				cpus = append(cpus, cpu{id: (t*packages+p)*cores + c, pkg: p, core: c})
			}
		}
	}
	return cpus
}

func TestShare(t *testing.T) {
	two := machine(2, 4, 2) // package 0: cores 0-3 = CPUs 0,8 1,9 2,10 3,11; package 1: 4,12 ... 7,15
	for _, c := range []struct {
		cpus []cpu
		bind Bind
		n    int
		want string
	}{
		{two, BindNone, 4, ""},
		{two, BindCore, 3, "0,8 1,9 2,10"},
		{two, BindCore, 9, "0,8 1,9 2,10 3,11 4,12 5,13 6,14 7,15 0,8"},
		{two, BindCompact, 1, "0-15"},
		{two, BindCompact, 2, "0-3,8-11 4-7,12-15"},
		{two, BindCompact, 3, "0-1,8-9 2-4,10-12 5-7,13-15"},
		{two, BindCompact, 8, "0,8 1,9 2,10 3,11 4,12 5,13 6,14 7,15"},
		{two, BindCompact, 16, "0 8 1 9 2 10 3 11 4 12 5 13 6 14 7 15"},
		{two, BindCompact, 17, "0 8 1 9 2 10 3 11 4 12 5 13 6 14 7 15 0"},
		{two, BindSpread, 1, "0-3,8-11"},
		{two, BindSpread, 2, "0-3,8-11 4-7,12-15"},
		{two, BindSpread, 3, "0-1,8-9 4-7,12-15 2-3,10-11"},
		{two, BindSpread, 4, "0-1,8-9 4-5,12-13 2-3,10-11 6-7,14-15"},
		{machine(1, 2, 1), BindCompact, 2, "0 1"},
		{machine(1, 2, 1), BindSpread, 3, "0 1 0"},
		{[]cpu{{id: 5, core: 5}}, BindCore, 2, "5 5"},
		{nil, BindCore, 2, ""},
	} {
		var got []string
		for _, ids := range c.bind.share(c.cpus, c.n) {
			got = append(got, words.Spans(ids))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%d ranks, %v: %s, want %s", c.n, c.bind, s, c.want)
		}
	}
}

// TestShareIsFair: with enough cores, no CPU is given twice and none is left out.
func TestShareIsFair(t *testing.T) {
	for _, b := range []Bind{BindCompact, BindSpread} {
		for n := 2; n <= 16; n++ {
			given := map[int]int{}
			for _, ids := range b.share(machine(2, 8, 2), n) {
				for _, id := range ids {
					given[id]++
				}
			}
			for id, times := range given {
				if times != 1 {
					t.Errorf("%v, %d ranks: CPU %d is given %d times", b, n, id, times)
				}
			}
			if len(given) != 32 {
				t.Errorf("%v, %d ranks: %d CPUs are given", b, n, len(given))
			}
		}
	}
}

func TestOwnCPUs(t *testing.T) {
	dir := t.TempDir()
	for file, text := range map[string]string{"core_id": "7\n", "physical_package_id": "3\n"} {
		for id := range 1024 {
			path := filepath.Join(dir, fmt.Sprint("cpu", id), "topology")
			if err := os.MkdirAll(path, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(path, file), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	told, err := ownCPUs(dir)
	if err != nil || len(told) == 0 || slices.ContainsFunc(told, func(c cpu) bool { return c.core != 7 || c.pkg != 3 }) {
		t.Errorf("%+v, %v", told, err)
	}
	untold, err := ownCPUs("/nowhere")
	if err != nil || len(untold) != len(told) || slices.ContainsFunc(untold, func(c cpu) bool { return c.core != c.id || c.pkg != 0 }) {
		t.Errorf("%+v, %v", untold, err)
	}
}

// TestBoundRanks: ranks run where they are bound, and have as many threads as
// they have CPUs, and one more.
func TestBoundRanks(t *testing.T) {
	own, err := ownCPUs(cpuSysfs)
	if err != nil {
		t.Fatal(err)
	}
	notices := newBuffer()
	r, s, err := run(t, 2, nil, func(s *Spec) {
		s.Argv = []string{"/bin/sh", "-c", "echo $NUMCOMP_RANK $GOMAXPROCS $(grep Cpus_allowed_list /proc/self/status)"}
		s.Bind, s.ReportBindings = BindCompact, true
		s.Notice = func(f string, a ...any) { fmt.Fprintf(notices, f+"\n", a...) }
	})
	if err != nil || s.Code != 0 {
		t.Fatalf("%+v, %v", s, err)
	}
	for i, ids := range BindCompact.share(own, 2) {
		procs, ok := os.LookupEnv("GOMAXPROCS") // the user's word, if there is one
		if !ok {
			procs = fmt.Sprint(len(ids) + 1)
		}
		if want := fmt.Sprintf("%d %s Cpus_allowed_list: %s\n", i, procs, words.Spans(ids)); !strings.Contains(r.out.String(), want) {
			t.Errorf("no %q in %q", want, r.out.String())
		}
		if want := fmt.Sprintf("rank %d is bound to CPUs %s\n", i, words.Spans(ids)); !strings.Contains(notices.String(), want) {
			t.Errorf("no %q in %q", want, notices.String())
		}
	}
}

func TestRankSet(t *testing.T) {
	set, err := ParseRankSet("0,3-5,9")
	if err != nil {
		t.Fatal(err)
	}
	for rank := range 12 {
		if want := rank == 0 || rank >= 3 && rank <= 5 || rank == 9; set.Has(rank) != want {
			t.Errorf("%d: %v", rank, !want)
		}
	}
	for size, want := range map[int]string{10: "", 9: "rank 9, ", 3: "rank 3-5, "} {
		if err := set.beyond(size); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("of %d ranks: %v, want %q", size, err, want)
		}
	}
	if err := RankSet(nil).beyond(1); err != nil {
		t.Error(err)
	}
	if !RankSet(nil).Has(7) {
		t.Error("the empty set is all ranks")
	}
	for _, bad := range []string{"", "a", "-1", "1-", "5-3", "1,,2", "1-2-3", "99999999999"} {
		if set, err := ParseRankSet(bad); err == nil {
			t.Errorf("%q was taken: %v", bad, set)
		}
	}
}

// TestShowsNoRank: a filter that lets nothing through is a mistake.
func TestShowsNoRank(t *testing.T) {
	_, s, err := run(t, 2, []string{"lines", "1"}, func(s *Spec) { s.Show = RankSet{{0, 1}, {2, 2}} })
	if err == nil || s.Code != 1 || !strings.Contains(err.Error(), "shown of rank 2, but the job has ranks 0-1") {
		t.Fatalf("%+v, %v", s, err)
	}
}

// TestShownRanks: the others' output is read, so that they can go on, and dropped.
func TestShownRanks(t *testing.T) {
	r, s, err := run(t, 4, []string{"lines", "2000"}, func(s *Spec) {
		s.Show = RankSet{{1, 2}}
		s.Label, s.Timestamp = true, true
	})
	if err != nil || s.Code != 0 {
		t.Fatalf("%+v, %v", s, err)
	}
	lines := strings.Split(strings.TrimSuffix(r.out.String(), "\n"), "\n")
	if len(lines) != 4000 {
		t.Fatalf("%d lines, want 4000", len(lines))
	}
	const stamp = "2006-01-02T15:04:05.000Z"
	for _, l := range lines {
		at, rest, _ := strings.Cut(l, " ")
		if len(at) < len(stamp) || at[10] != 'T' || !strings.HasPrefix(rest, "[1] rank 1 line ") && !strings.HasPrefix(rest, "[2] rank 2 line ") {
			t.Fatalf("%q", l)
		}
	}
}
