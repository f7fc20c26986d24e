package ssh

import (
	"strings"
	"testing"

	"numcomp/internal/real/realtest"
)

// TestReadme runs the README's commands for several hosts.
func TestReadme(t *testing.T) {
	n := open(t)
	for _, block := range realtest.Blocks(t, "ssh") {
		c := n.launch()
		c.Args = []string{"bash", "-euo", "pipefail", "-c", strings.ReplaceAll(block, "./numcomp", program)}
		if r := realtest.OK(t, c); !strings.Contains(r.Stdout, "Number of workers: 4") || !strings.Contains(r.Stdout, "4 ranks on 2 nodes") {
			t.Errorf("not 4 ranks on 2 nodes:\n%s", r.Stdout)
		}
	}
}
