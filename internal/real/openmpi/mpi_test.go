package openmpi

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"numcomp/internal/real/realtest"
)

// withMPI is the program with the MPI engine, built by the first test that needs it,
// in the folder of the program without.
func withMPI(t *testing.T) string {
	t.Helper()
	built.once.Do(func() { built.path = realtest.BuildMPI(t, filepath.Dir(program)) })
	if built.path == "" {
		realtest.Without(t, "the program with the MPI engine could not be built")
	}
	return built.path
}

var built struct {
	once sync.Once
	path string
}

// TestMPIAnswer: scipy's answer, by MPI's messages.
func TestMPIAnswer(t *testing.T) {
	realtest.Answer(t, withMPI(t), env, mpirun(t, 3)...)
}

// TestMPISameBits: the results over MPI are those of one rank alone, for every world,
// schedule and distribution, with MPI's collectives and threads.
func TestMPISameBits(t *testing.T) {
	alone := realtest.JSON(t, realtest.Cmd{Args: append([]string{program, "--num-workers", "1"}, realtest.Small()...)})
	for _, np := range []int{1, 2, 3, 4, 5, 8} {
		for _, schedule := range []string{"static", "dynamic"} {
			args := mpirun(t, np, append([]string{withMPI(t)}, realtest.Small("--schedule", schedule)...)...)
			got := realtest.JSON(t, realtest.Cmd{Args: args, Env: env})
			if got.World.Size != np || got.World.Engine != "mpi" || got.World.Launcher != "openmpi" || got.World.Nodes != 1 {
				t.Errorf("-np %d: world %+v", np, got.World)
			}
			if want := min(1, np-1); got.World.SharedNodes != want { // numcomp's own segments
				t.Errorf("-np %d: ranks of %d nodes share memory, want %d", np, got.World.SharedNodes, want)
			}
			if got.ResultSHA256 != alone.ResultSHA256 {
				t.Errorf("-np %d, %s: results %s, alone %s", np, schedule, got.ResultSHA256, alone.ResultSHA256)
			}
		}
	}
}

// TestMPITenMillion: the command of the README gives the tcp engine's bits.
func TestMPITenMillion(t *testing.T) {
	var sums []string
	for _, engine := range []string{"tcp", "mpi"} {
		args := mpirun(t, 4, withMPI(t), "--engine", engine, "--size", "10000000", "--iterations", "2", "--burns", "1", "--json", "-")
		got := realtest.JSON(t, realtest.Cmd{Args: args, Env: env, Limit: 2 * time.Minute})
		if got.World.Engine != engine || got.BytesMoved <= 0 {
			t.Errorf("--engine %s: world %+v, %v bytes moved", engine, got.World, got.BytesMoved)
		}
		sums = append(sums, got.ResultSHA256)
	}
	if sums[0] != sums[1] {
		t.Errorf("results by tcp %s, by mpi %s", sums[0], sums[1])
	}
}

// TestMPIErrors: what cannot be right is told once, in the words of the tcp engine,
// with its status.
func TestMPIErrors(t *testing.T) {
	for _, c := range []struct {
		name   string
		args   []string
		status int
		say    string
	}{
		{"usage", []string{"--num-workers", "3"}, 2, "--num-workers: 3 contradicts the launcher: openmpi started 2 rank(s)"},
		{"input", []string{"--input", "/does/not/exist.npy"}, 2, "--input: "},
		{"timeout", []string{"--timeout", "1s", "--iterations", "1000000"}, 1, "the run took longer than --timeout 1s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := realtest.Run(t, realtest.Cmd{Args: mpirun(t, 2, append([]string{withMPI(t), "--engine", "mpi"}, c.args...)...), Env: env})
			if r.Status != c.status || strings.Count(r.Stderr, c.say) != 1 {
				t.Errorf("status %d, want %d and one %q\n%s", r.Status, c.status, c.say, r.Stderr)
			}
		})
	}
}

// TestMPIRankKilled: a rank that dies takes the others with it.
func TestMPIRankKilled(t *testing.T) {
	const marker = "NUMCOMP_TEST_MARK=openmpi-mpi-killed"
	for _, c := range []struct {
		name   string
		signal syscall.Signal
		say    string
	}{
		{"killed", syscall.SIGKILL, "signal 9"},
		{"stack", syscall.SIGQUIT, "goroutine "}, // Go's own end with a stack, as of a panic
	} {
		t.Run(c.name, func(t *testing.T) {
			p := realtest.Start(t, realtest.Cmd{Args: mpirun(t, 3, "-x", "NUMCOMP_TEST_MARK", withMPI(t), "--size", "300x300", "--items", "6", "--iterations", "1000000"),
				Env: append(slices.Clone(env), marker)})
			realtest.Until(t, "the iterations run", func() bool { return strings.Contains(p.Stdout(), "Time for iteration 5 ") })
			victim := realtest.WaitRank(t, marker, "OMPI_COMM_WORLD_RANK=1")
			if err := syscall.Kill(victim, c.signal); err != nil {
				t.Fatal(err)
			}
			if r := p.Wait(t); r.Status == 0 || !strings.Contains(r.Stderr, c.say) {
				t.Errorf("status %d after a rank was ended, want %q\n%s", r.Status, c.say, r.Stderr)
			}
			realtest.Gone(t, marker, 10*time.Second)
		})
	}
}

// TestMPILauncherKilled: ranks do not outlive an mpirun that is killed. Open MPI's own
// connection to it ends them, as it ends a program in C; one that does nothing but
// compute is no different, for Open MPI watches by a thread.
func TestMPILauncherKilled(t *testing.T) {
	const marker = "NUMCOMP_TEST_MARK=openmpi-mpi-launcher-killed"
	for _, work := range [][]string{nil, {"--work-time", "600"}} {
		p := realtest.Start(t, realtest.Cmd{Args: mpirun(t, 2, append([]string{"-x", "NUMCOMP_TEST_MARK", withMPI(t), "--size", "300x300", "--items", "6", "--iterations", "1000000"}, work...)...),
			Env: append(slices.Clone(env), marker)})
		realtest.WaitRank(t, marker, "OMPI_COMM_WORLD_RANK=1")
		if err := p.Cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		p.Wait(t)
		realtest.Gone(t, marker, 20*time.Second)
	}
}

// TestMPIStuck: --timeout ends a job also when a rank waits within MPI for one that
// does nothing any longer.
func TestMPIStuck(t *testing.T) {
	const marker = "NUMCOMP_TEST_MARK=openmpi-mpi-stuck"
	p := realtest.Start(t, realtest.Cmd{Args: mpirun(t, 2, "-x", "NUMCOMP_TEST_MARK", withMPI(t), "--size", "300x300", "--items", "6", "--iterations", "1000000", "--timeout", "4"),
		Env: append(slices.Clone(env), marker)})
	realtest.Until(t, "the iterations run", func() bool { return strings.Contains(p.Stdout(), "Time for iteration 5 ") })
	if err := syscall.Kill(realtest.WaitRank(t, marker, "OMPI_COMM_WORLD_RANK=1"), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if r := p.Wait(t); r.Status == 0 || !strings.Contains(r.Stderr, "--timeout 4s") {
		t.Errorf("status %d\n%s", r.Status, r.Stderr)
	}
	realtest.Gone(t, marker, 10*time.Second)
}

// TestMPIWithoutItsLauncher: where Open MPI has not started the ranks, MPI is not
// started in them: they would each be alone.
func TestMPIWithoutItsLauncher(t *testing.T) {
	mpi := withMPI(t)
	alone := realtest.JSON(t, realtest.Cmd{Args: append([]string{program, "--num-workers", "1"}, realtest.Small()...)})
	t.Run("mpich", func(t *testing.T) {
		realtest.Need(t, "mpirun.mpich", "mpich")
		mpich := []string{"mpirun.mpich", "-n", "3", mpi}
		got := realtest.JSON(t, realtest.Cmd{Args: append(slices.Clone(mpich), realtest.Small()...)})
		if got.World.Size != 3 || got.World.Engine != "tcp" || got.ResultSHA256 != alone.ResultSHA256 {
			t.Errorf("world %+v, results %s, alone %s", got.World, got.ResultSHA256, alone.ResultSHA256)
		}
		r := realtest.Run(t, realtest.Cmd{Args: append(mpich, "--engine", "mpi")})
		if r.Status != 2 || !strings.Contains(r.Stderr, "neither Open MPI nor PMIx started this rank (mpich did)") {
			t.Errorf("status %d\n%s", r.Status, r.Stderr)
		}
	})
	t.Run("alone", func(t *testing.T) {
		r := realtest.Run(t, realtest.Cmd{Args: []string{mpi, "--engine", "mpi"}})
		if r.Status != 2 || !strings.Contains(r.Stderr, "neither Open MPI nor PMIx started this rank") {
			t.Errorf("status %d\n%s", r.Status, r.Stderr)
		}
	})
	t.Run("another size", func(t *testing.T) {
		// As under a launcher that is not this libmpi's: it finds none, and makes a world of one.
		r := realtest.Run(t, realtest.Cmd{Args: append([]string{mpi}, realtest.Small()...), Env: append(slices.Clone(env), "OMPI_COMM_WORLD_RANK=0", "OMPI_COMM_WORLD_SIZE=2")})
		if r.Status != 2 || !strings.Contains(r.Stderr, "this world has 1 rank(s), the launcher that it started 2") {
			t.Errorf("status %d\n%s", r.Status, r.Stderr)
		}
	})
}

// TestMPIOtherPrefix builds against an Open MPI elsewhere, as docs/launching.md says.
func TestMPIOtherPrefix(t *testing.T) {
	withMPI(t)
	prefix, lib := t.TempDir(), "/usr/lib/x86_64-linux-gnu/openmpi"
	if _, err := os.Stat(lib); err != nil {
		realtest.Without(t, "%v", err)
	}
	realtest.OK(t, realtest.Cmd{Args: []string{"cp", "-rL", lib + "/include", prefix}})
	realtest.OK(t, realtest.Cmd{Args: []string{"sh", "-c", "mkdir $0/lib && cp -L " + lib + "/lib/libmpi.so $0/lib/libmpi.so.40 && ln -s libmpi.so.40 $0/lib/libmpi.so", prefix}})
	path := realtest.BuildMPI(t, prefix, "CGO_CFLAGS=-I"+prefix+"/include", "CGO_LDFLAGS=-L"+prefix+"/lib -Wl,-rpath,"+prefix+"/lib")
	out, err := exec.Command("ldd", path).CombinedOutput()
	if err != nil || !strings.Contains(string(out), prefix+"/lib/libmpi.so.40") {
		t.Errorf("%v: not linked to %s\n%s", err, prefix, out)
	}
	got := realtest.JSON(t, realtest.Cmd{Args: mpirun(t, 2, append([]string{path}, realtest.Small()...)...), Env: env})
	if got.World.Engine != "mpi" || got.World.Size != 2 {
		t.Errorf("world %+v", got.World)
	}
}

// TestMPIBench: every benchmark runs on the engine.
func TestMPIBench(t *testing.T) {
	for _, name := range []string{
		"pingpong", "bandwidth", "bcast", "gather", "scatter", "allreduce", "allgather", "alltoall", "shared-bcast", "barrier", "dispatch",
	} {
		for _, np := range []int{2, 4} {
			args := []string{"bench", name, "--transport", "mpi", "--rounds", "2", "--json", "-"}
			switch name {
			case "dispatch":
				args = append(args, "--items", "1000")
			case "barrier":
			default:
				args = append(args, "--sizes", "8,8KiB,1MiB")
			}
			r := realtest.OK(t, realtest.Cmd{Args: mpirun(t, np, append([]string{withMPI(t)}, args...)...), Env: env})
			if !strings.Contains(r.Stdout, `"transport": "mpi"`) || !strings.Contains(r.Stdout, `"rounds": 2`) {
				t.Errorf("-np %d, %s: no rows of the MPI engine in\n%s", np, name, r.Stdout)
			}
		}
	}
}

// TestMPINoLibrary: without libmpi the dynamic linker says what docs/launching.md
// shows. The library is taken out of an overlay of its folder, in a mount namespace of
// the command's own.
func TestMPINoLibrary(t *testing.T) {
	realtest.NeedRoot(t, "only root can take a library away")
	const takeAway = `lib=$(dirname "$(readlink -f "$(ldd "$0" | sed -n 's/.*libmpi[.]so[^ ]* => \([^ ]*\) .*/\1/p')")")
		mount -t tmpfs none /mnt && mkdir /mnt/upper /mnt/work &&
		mount -t overlay none -o "lowerdir=$lib,upperdir=/mnt/upper,workdir=/mnt/work" "$lib" || exit 77
		rm "$lib"/libmpi.so.*
		cd "$(dirname "$0")" && exec "./$(basename "$0")"`
	r := realtest.Run(t, realtest.Cmd{Args: []string{"unshare", "-m", "sh", "-c", takeAway, withMPI(t)}})
	if r.Status == 77 {
		realtest.Without(t, "no overlay can be mounted here: %s", r.Stderr)
	}
	doc, err := os.ReadFile("../../../docs/launching.md")
	if err != nil {
		t.Fatal(err)
	}
	if say := strings.TrimSpace(r.Stderr); r.Status != 127 || say == "" || !strings.Contains(string(doc), "    "+say+"\n") {
		t.Errorf("status %d, not what docs/launching.md shows:\n%s", r.Status, r.Stderr)
	}
}
