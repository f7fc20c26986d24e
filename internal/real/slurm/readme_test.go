package slurm

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"numcomp/internal/real/realtest"
)

// TestReadme runs the README's commands for Slurm, with either engine.
func TestReadme(t *testing.T) {
	c := cluster(t) // puts the program where all nodes find it
	ran := map[string]int{}
	for _, block := range realtest.Blocks(t, "slurm") {
		engine := "tcp"
		var env []string
		if strings.Contains(block, "./numcomp-mpi") {
			engine, env = "mpi", openMPI
			block = strings.ReplaceAll(block, "./numcomp-mpi", realtest.BuildMPI(t, filepath.Join(c.Dir, "bin")))
		}
		cmd := in(t, "bash -euo pipefail -c", strings.ReplaceAll(block, "./numcomp", program))
		cmd.Env = append(slices.Clone(cmd.Env), env...)
		r := realtest.OK(t, cmd)
		if !strings.Contains(r.Stdout, "16 ranks on 8 nodes") || !strings.Contains(r.Stdout, ", engine "+engine) {
			t.Errorf("not 16 ranks on 8 nodes with engine %s:\n%s", engine, r.Stdout)
		}
		ran[engine]++
	}
	if ran["tcp"] < 3 || ran["mpi"] < 1 {
		t.Errorf("README.md has too few commands for Slurm, by engine: %v", ran)
	}
}
