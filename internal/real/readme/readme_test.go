package readme

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"numcomp/internal/real/realtest"
)

var program string

func TestMain(m *testing.M) { os.Exit(realtest.Main(m, &program)) }

var inline = regexp.MustCompile("\\| `(\\./numcomp [^`]*)` \\|")

// sandbox is a folder with the program, its input, and mpirun as the one named.
func sandbox(t *testing.T, mpirun string) realtest.Cmd {
	t.Helper()
	dir := t.TempDir()
	for name, from := range map[string]string{
		"numcomp": program, "image.npy": realtest.Data(t, "image.npy"), "bank.npy": realtest.Data(t, "bank.npy"),
	} {
		if err := os.Symlink(from, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	path, err := exec.LookPath(mpirun)
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(dir, "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	// Not a link: MPICH's looks for its parts beside the name it was called by.
	shim := fmt.Sprintf("#!/bin/sh\nexec %s \"$@\"\n", path)
	if err := os.WriteFile(filepath.Join(bin, "mpirun"), []byte(shim), 0o755); err != nil {
		t.Fatal(err)
	}
	return realtest.Cmd{Dir: dir, Limit: 2 * time.Minute, Env: []string{
		"PATH=" + bin + ":" + os.Getenv("PATH"), "HOME=" + dir, "XDG_CONFIG_HOME=",
		// CI may be root with few CPUs; the README says so of Open MPI.
		"OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1", "OMPI_MCA_rmaps_base_oversubscribe=1",
	}}
}

// TestCommands runs every block that needs one host, those with mpirun under both
// launchers. The suites slurm and ssh run the others.
func TestCommands(t *testing.T) {
	realtest.Need(t, "mpirun.openmpi", "openmpi-bin")
	realtest.Need(t, "mpirun.mpich", "mpich")
	blocks := realtest.Blocks(t, "here")
	if len(blocks) < 8 {
		t.Fatalf("README.md has %d blocks of commands: the pattern has gone wrong", len(blocks))
	}
	for i, block := range blocks {
		launchers := []string{"mpirun.openmpi"}
		if strings.Contains(block, "mpirun") {
			launchers = append(launchers, "mpirun.mpich")
		}
		for _, mpirun := range launchers {
			t.Run(fmt.Sprintf("%d/%s", i, mpirun), func(t *testing.T) { runBlock(t, block, mpirun) })
		}
	}
}

func runBlock(t *testing.T, block, mpirun string) {
	if strings.HasPrefix(block, "make ") {
		for line := range strings.Lines(block) {
			args := append([]string{"make", "-n", "-C", "../../.."}, strings.Fields(line)[1:]...)
			realtest.OK(t, realtest.Cmd{Args: args}) // the target is there; CI runs it
		}
		return
	}
	c := sandbox(t, mpirun)
	if strings.Contains(block, "./numcomp-mpi") {
		realtest.BuildMPI(t, c.Dir)
	}
	c.Args = []string{"bash", "-euo", "pipefail", "-c", block}
	r := realtest.OK(t, c)
	if strings.Contains(block, "r.npy") {
		realtest.SameAsScipy(t, filepath.Join(c.Dir, "r.npy"))
	}
	if len(r.Stdout) == 0 {
		t.Error("the commands print nothing")
	}
}

// TestMigration runs what the table says is the same as the Python programs,
// with fewer iterations.
func TestMigration(t *testing.T) {
	rows := inline.FindAllStringSubmatch(realtest.Readme(t), -1)
	if len(rows) < 3 {
		t.Fatalf("README.md has %d commands in tables: the pattern has gone wrong", len(rows))
	}
	for _, row := range rows {
		t.Run(row[1], func(t *testing.T) {
			c := sandbox(t, "true")
			c.Args = strings.Fields(row[1])
			if !slices.Contains(c.Args, "--iterations") {
				c.Args = append(c.Args, "--iterations", "1", "--burns", "0")
			}
			r := realtest.OK(t, c)
			if !strings.Contains(r.Stdout, "Average time: ") {
				t.Errorf("no average in\n%s", r.Stdout)
			}
		})
	}
}

// TestOutputLines: the lines that README.md says are Python's are printed.
func TestOutputLines(t *testing.T) {
	r := realtest.OK(t, realtest.Cmd{Args: []string{program, "--num-workers", "2", "--size", "50x50", "--items", "4", "--iterations", "2"}})
	number := regexp.MustCompile(`[0-9.]+`)
	seen := 0
	for line := range strings.Lines(realtest.Readme(t)) {
		shown, ok := strings.CutPrefix(line, "    ")
		if !ok || !strings.Contains(shown, ": ") && !strings.HasPrefix(shown, "Time for") || strings.HasPrefix(shown, "-") {
			continue
		}
		seen++
		pattern := "(?m)^" + number.ReplaceAllString(regexp.QuoteMeta(strings.TrimSpace(shown)), `[0-9.]+`) + "$"
		pattern = strings.ReplaceAll(pattern, `\[0-9.]+`, `[0-9.]+`)
		if !regexp.MustCompile(pattern).MatchString(r.Stdout) {
			t.Errorf("no line like %q in\n%s", strings.TrimSpace(shown), r.Stdout)
		}
	}
	if seen < 5 {
		t.Errorf("README.md shows %d lines of output: the pattern has gone wrong", seen)
	}
}
