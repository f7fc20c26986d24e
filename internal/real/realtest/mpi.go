package realtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// BuildMPI builds numcomp with the MPI engine into dir and returns its path; env is
// added to the build's. It skips the test where there is no compiler or no Open MPI.
func BuildMPI(t *testing.T, dir string, env ...string) string {
	t.Helper()
	Need(t, "gcc", "gcc")
	Need(t, "mpicc.openmpi", "libopenmpi-dev")
	path := filepath.Join(dir, "numcomp-mpi")
	build := exec.Command("go", "build", "-trimpath", "-tags", "urfave_cli_no_docs,mpi", "-o", path, "numcomp")
	build.Env = append(os.Environ(), append([]string{"CGO_ENABLED=1"}, env...)...)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}
