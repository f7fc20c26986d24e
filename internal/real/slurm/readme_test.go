package slurm

import (
	"strings"
	"testing"

	"numcomp/internal/real/realtest"
)

// TestReadme runs the README's commands for Slurm.
func TestReadme(t *testing.T) {
	cluster(t) // puts the program where all nodes find it
	for _, block := range realtest.Blocks(t, "slurm") {
		r := realtest.OK(t, in(t, "bash -euo pipefail -c", strings.ReplaceAll(block, "./numcomp", program)))
		if !strings.Contains(r.Stdout, "16 ranks on 8 nodes") {
			t.Errorf("not 16 ranks on 8 nodes:\n%s", r.Stdout)
		}
	}
}
