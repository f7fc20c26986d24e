//go:build mpi

package mpi

import (
	"context"
	"os"
	"strings"
	"testing"

	gompi "github.com/sbromberger/gompi"

	"numcomp/comm/transport"
)

// TestPanic: a panic in one rank ends the job, those too that wait within MPI for it,
// and its stack is told.
func TestPanic(t *testing.T) {
	out, err := mpirun(t, 3, []string{panicVariable + "=1"}, os.Args[0]).CombinedOutput()
	if err == nil {
		t.Errorf("status 0 after a panic")
	}
	for _, say := range []string{"panic: on purpose", "goroutine 1", "panicAtRank1"} {
		if strings.Count(string(out), say) < 1 {
			t.Errorf("no %q in\n%s", say, out)
		}
	}
}

// panicAtRank1 is the life of a rank of TestPanic.
func panicAtRank1() {
	p, _, err := startRank()
	if err != nil {
		panic(err)
	}
	tr, err := p.Open()
	if err != nil {
		panic(err)
	}
	barrier := transport.Collective{Kind: transport.Barrier}
	if _, err := tr.Collectives().Run(context.Background(), barrier); err != nil {
		panic(err)
	}
	if gompi.WorldRank() == 1 {
		panic("on purpose")
	}
	if _, err := tr.Collectives().Run(context.Background(), barrier); err != nil {
		panic(err)
	}
	p.Stop()
}
