package realtest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	fence = regexp.MustCompile("(?ms)^```sh\n(.*?)^```$")
	slurm = regexp.MustCompile(`(?m)^(srun|sbatch|salloc) `)
)

// Readme is the text of README.md, from a suite's folder.
func Readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Blocks are README.md's blocks of commands for a suite: those that need Slurm are for
// "slurm", those that need other hosts for "ssh", all others for "here".
func Blocks(t *testing.T, suite string) (blocks []string) {
	t.Helper()
	for _, m := range fence.FindAllStringSubmatch(Readme(t), -1) {
		of := "here"
		switch {
		case slurm.MatchString(m[1]):
			of = "slurm"
		case strings.Contains(m[1], "--hostfile "):
			of = "ssh"
		}
		if of == suite {
			blocks = append(blocks, m[1])
		}
	}
	if len(blocks) == 0 {
		t.Fatalf("README.md has no commands for the suite %s: the pattern has gone wrong", suite)
	}
	return blocks
}
