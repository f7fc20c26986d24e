package launch

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"numcomp/hostfile"
)

// compileMPICH builds testdata/mpich.c. Where MPICH is missing the test is
// skipped, or fails if CI is true.
func compileMPICH(t *testing.T) string {
	t.Helper()
	cc, err := exec.LookPath("mpicc.mpich")
	if err != nil {
		const text = "mpicc.mpich is not installed (Debian package libmpich-dev): no program of MPICH can be started"
		if os.Getenv("CI") == "true" {
			t.Fatal(text)
		}
		t.Skip(text)
	}
	program := filepath.Join(t.TempDir(), "mpich")
	if out, err := exec.Command(cc, "-o", program, "testdata/mpich.c").CombinedOutput(); err != nil {
		t.Fatalf("mpicc: %v\n%s", err, out)
	}
	return program
}

// TestRealMPICH: a program linked with MPICH starts, finds its world and talks.
func TestRealMPICH(t *testing.T) {
	program := compileMPICH(t)
	for _, n := range []int{1, 2, 4} {
		r, s, err := run(t, n, nil, func(s *Spec) { s.Argv = []string{program} })
		if err != nil || s.Code != 0 {
			t.Fatalf("%d ranks: %+v, %v\n%s", n, s, err, r.err)
		}
		var want []string
		for rank := range n {
			want = append(want, fmt.Sprintf("rank %d of %d: sum %d, from %d, local %d", rank, n, n*(n-1)/2, (rank+n-1)%n, n))
		}
		got := strings.Split(strings.TrimSpace(r.out.String()), "\n")
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%d ranks: %q, want %q", n, got, want)
		}
	}
}

// TestRealMPICHAbort: MPI_Abort ends the job with its status.
func TestRealMPICHAbort(t *testing.T) {
	program := compileMPICH(t)
	r, s, err := run(t, 3, nil, func(s *Spec) { s.Argv = []string{program, "abort"} })
	var re *RankError
	if s.Code != 17 || !errors.As(err, &re) || re.Rank != 2 {
		t.Errorf("%+v, %v\n%s", s, err, r.err)
	}
}

// TestRealMPICHTwoAgents: the barrier and what is put pass between agents, and
// the program sees two nodes.
func TestRealMPICHTwoAgents(t *testing.T) {
	program := compileMPICH(t)
	r, s, err := run(t, 3, nil, func(s *Spec) {
		s.Argv = []string{program}
		s.Hosts = []hostfile.Host{{Name: "localhost", Slots: 2}, {Name: "127.0.0.1", Slots: 1}}
	})
	if err != nil || s.Code != 0 {
		t.Fatalf("%+v, %v\n%s", s, err, r.err)
	}
	for _, want := range []string{"rank 0 of 3: sum 3, from 2, local 2\n", "rank 1 of 3: sum 3, from 0, local 2\n", "rank 2 of 3: sum 3, from 1, local 1\n"} {
		if !strings.Contains(r.out.String(), want) {
			t.Errorf("no %q in %q", want, r.out)
		}
	}
}
