package slurm

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"numcomp/internal/real/realtest"
)

// batch runs a batch script to its end and returns its status and output. (sbatch
// --wait would look for the end only every few seconds.)
func batch(t *testing.T, args, script string) (status int, out string) {
	t.Helper()
	dir := t.TempDir()
	path, end := filepath.Join(dir, "out"), filepath.Join(dir, "status")
	c := in(t, "sbatch --output="+path+" "+args)
	c.Stdin = "#!/bin/sh\n(" + strings.ReplaceAll(script, "NUMCOMP", program) + ")\necho $? >" + end + ".new; mv " + end + ".new " + end + "\n"
	realtest.OK(t, c)
	realtest.Until(t, "the batch script has ended", func() bool { _, err := os.Stat(end); return err == nil })
	code, err := os.ReadFile(end)
	if err != nil {
		t.Fatal(err)
	}
	if status, err = strconv.Atoi(strings.TrimSpace(string(code))); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return status, string(raw)
}

// TestBatchSrun is the usual script: srun starts the ranks.
func TestBatchSrun(t *testing.T) {
	status, out := batch(t, "-N 4 --ntasks-per-node 3", "srun NUMCOMP "+strings.Join(realtest.Small(), " "))
	if status != 0 {
		t.Fatalf("status %d\n%s", status, out)
	}
	same(t, parse(t, out), 12, 4)
}

func parse(t *testing.T, out string) (r realtest.Report) {
	t.Helper()
	start := max(0, strings.Index(out, "{"))
	if err := json.NewDecoder(strings.NewReader(out[start:])).Decode(&r); err != nil {
		t.Fatalf("%v in:\n%s", err, out)
	}
	return r
}

// TestBatchShellOfManyNodes: the batch shell is one process, not rank 0 of 8. It
// says what to do, and both commands that it names work.
func TestBatchShellOfManyNodes(t *testing.T) {
	status, out := batch(t, "-N 4 -n 8", "NUMCOMP "+strings.Join(realtest.Small(), " "))
	if status != 2 || !strings.Contains(out, "4 nodes") {
		t.Fatalf("status %d, want 2\n%s", status, out)
	}
	for _, command := range []string{"srun numcomp", "env -u SLURM_JOB_ID numcomp --num-workers N"} {
		if !strings.Contains(out, command) {
			t.Errorf("no %q in\n%s", command, out)
			continue
		}
		command = strings.NewReplacer("numcomp", "NUMCOMP", "N ", "3 ", "workers N", "workers 3").Replace(command)
		status, out := batch(t, "-N 4 -n 8", command+" "+strings.Join(realtest.Small(), " "))
		if status != 0 {
			t.Errorf("%s: status %d\n%s", command, status, out)
			continue
		}
		if n := parse(t, out).World.Size; n != 8 && n != 3 {
			t.Errorf("%s: a world of %d", command, n)
		}
	}
}

// TestBatchShellOfOneNode runs on the CPUs that were granted, here one.
func TestBatchShellOfOneNode(t *testing.T) {
	status, out := batch(t, "-N 1 -n 1", "NUMCOMP "+strings.Join(realtest.Small(), " "))
	if status != 0 {
		t.Fatalf("status %d\n%s", status, out)
	}
	if r := parse(t, out); r.World.Size != 1 || r.World.Nodes != 1 {
		t.Errorf("world %+v", r.World)
	}
}

// TestSallocSrun: steps within an interactive allocation.
func TestSallocSrun(t *testing.T) {
	same(t, report(t, "salloc -N 3 -n 7 srun NUMCOMP"), 7, 3)
}
