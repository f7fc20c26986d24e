package launch

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"numcomp/hostfile"
)

var update = flag.Bool("update", false, "rewrite the golden files of TestDetectCaptured")

// captured is an environment as a file holds it: NAME=value lines, comments, and
// "# sockets: 3 8" naming the descriptors that are connected sockets.
type captured struct {
	values  map[string]string
	sockets []int
}

func (c captured) get(name string) (string, bool) { v, ok := c.values[name]; return v, ok }

func (c captured) isSocket(fd int) bool { return slices.Contains(c.sockets, fd) }

func readCaptured(t *testing.T, path string) captured {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c := captured{values: map[string]string{}}
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSuffix(line, "\n")
		if list, ok := strings.CutPrefix(line, "# sockets:"); ok {
			for _, f := range strings.Fields(list) {
				fd, err := strconv.Atoi(f)
				if err != nil {
					t.Fatal(err)
				}
				c.sockets = append(c.sockets, fd)
			}
		} else if name, value, ok := strings.Cut(line, "="); ok && line[0] != '#' {
			c.values[name] = value
		}
	}
	return c
}

func TestDetectCaptured(t *testing.T) {
	files, err := filepath.Glob("testdata/env/*.env")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d environments, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".env"), func(t *testing.T) {
			c := readCaptured(t, file)
			p, err := Detect(c.get, c.isSocket)
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.MarshalIndent(p, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, '\n')
			golden := strings.TrimSuffix(file, ".env") + ".golden"
			if *update {
				if err := os.WriteFile(golden, got, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != string(want) {
				t.Errorf("%s gives\n%swant\n%s", file, got, want)
			}
		})
	}
}

// TestDetectScrubbed holds that what is left of any environment once Unset's
// variables are gone is nobody's: an inner launcher starts from there.
func TestDetectScrubbed(t *testing.T) {
	files, err := filepath.Glob("testdata/env/*.env")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		c := readCaptured(t, file)
		var env []string
		for name, value := range c.values {
			env = append(env, name+"="+value)
		}
		left := captured{values: map[string]string{}, sockets: c.sockets}
		for _, kv := range WithoutPlace(env) {
			name, value, _ := strings.Cut(kv, "=")
			left.values[name] = value
		}
		if p, err := Detect(left.get, left.isSocket); err != nil || p.Launcher != Alone {
			t.Errorf("%s: after taking the variables out: %+v, %v", file, p, err)
		}
	}
}

func TestWithoutPlaceKeepsTheUsers(t *testing.T) {
	env := []string{"PATH=/bin", "OMPI_MCA_btl=tcp,self", "SLURM_JOB_ID=1", "OMPI_MCA_ess=^singleton", "PMI_RANK=1", "NUMCOMP_RANK=2",
		"SLURM_STEP_ID=0", "OMPI_COMM_WORLD_NODE_RANK=3", "UCX_TLS=tcp", "PMIX_MCA_gds=hash"}
	want := []string{"PATH=/bin", "OMPI_MCA_btl=tcp,self", "SLURM_JOB_ID=1", "UCX_TLS=tcp", "PMIX_MCA_gds=hash"}
	if got := WithoutPlace(env); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestDetectErrors(t *testing.T) {
	for _, c := range []struct{ env, want string }{
		{"NUMCOMP_RANK=1", "launch: as started by numcomp: NUMCOMP_RANK=1, but NUMCOMP_SIZE is not set: how many ranks are there?"},
		{"NUMCOMP_SIZE=4", "launch: as started by numcomp: NUMCOMP_SIZE=4, but NUMCOMP_RANK is not set"},
		{"NUMCOMP_RANK=4 NUMCOMP_SIZE=4", "launch: as started by numcomp: NUMCOMP_RANK=4 is not below NUMCOMP_SIZE=4"},
		{"NUMCOMP_RANK=0 NUMCOMP_SIZE=0", "launch: as started by numcomp: NUMCOMP_RANK=0 is not below NUMCOMP_SIZE=0"},
		{"NUMCOMP_RANK=-1 NUMCOMP_SIZE=4", `launch: as started by numcomp: NUMCOMP_RANK="-1" is not a number from 0 to 16777216`},
		{"NUMCOMP_RANK=0 NUMCOMP_SIZE=99999999999999999999", `launch: as started by numcomp: NUMCOMP_SIZE="99999999999999999999" is not a number from 0 to 16777216`},
		{"NUMCOMP_RANK=0 NUMCOMP_SIZE=2 NUMCOMP_LOCAL_SIZE=3", "launch: as started by numcomp: NUMCOMP_LOCAL_SIZE=3 is more than the 2 ranks of the job"},
		{"NUMCOMP_RANK=0 NUMCOMP_SIZE=1 OMPI_COMM_WORLD_RANK=2 OMPI_COMM_WORLD_SIZE=4",
			"launch: as started by numcomp: OMPI_COMM_WORLD_RANK=2 contradicts NUMCOMP_RANK=0: one launcher was started by the other; use one of them, or unset NUMCOMP_RANK and NUMCOMP_SIZE for the inner"},
		{"NUMCOMP_RANK=0 NUMCOMP_SIZE=1 PMI_FD=8 PMI_RANK=0 PMI_SIZE=4",
			"launch: as started by numcomp: PMI_SIZE=4 contradicts NUMCOMP_SIZE=1: one launcher was started by the other; use one of them, or unset NUMCOMP_RANK and NUMCOMP_SIZE for the inner"},
		{"PMI_FD=8", "launch: as started by a PMI-1 launcher (PMI_FD): neither PMI_RANK nor PMI_SIZE is set"},
		{"PMI_FD=8 PMI_RANK=2 PMI_SIZE=2", "launch: as started by a PMI-1 launcher (PMI_FD): PMI_RANK=2 is not below PMI_SIZE=2"},
		{"PMI_FD=eight PMI_RANK=0 PMI_SIZE=2", `launch: as started by a PMI-1 launcher (PMI_FD): PMI_FD="eight" is not a number from 0 to 16777216`},
		{"PMI_FD=8 PMI_RANK=0 PMI_SIZE=2 MPI_LOCALRANKID=2 MPI_LOCALNRANKS=2", "launch: as started by a PMI-1 launcher (PMI_FD): MPI_LOCALRANKID=2 is not below MPI_LOCALNRANKS=2"},
		{"PMI_FD=8 PMI_RANK=0 PMI_SIZE=2 PMI_JOBID=1.0 SLURM_JOB_ID=1 SLURM_STEP_ID=0 SLURM_PROCID=1 SLURM_STEP_NUM_TASKS=2",
			"launch: as started by a PMI-1 launcher (PMI_FD): PMI_RANK=0 and PMI_SIZE=2 contradict the step's rank 1 of 2"},
		{"PMI_PORT=node1 PMI_ID=0", "launch: as started by a PMI-1 launcher (PMI_PORT): PMI_PORT=node1 is not HOST:PORT"},
		{"OMPI_COMM_WORLD_RANK=1", "launch: as started by Open MPI: OMPI_COMM_WORLD_RANK=1, but OMPI_COMM_WORLD_SIZE is not set: how many ranks are there?"},
		{"OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=2 PMIX_RANK=0", "launch: as started by Open MPI: PMIX_RANK=0 contradicts OMPI_COMM_WORLD_RANK=1"},
		{"OMPI_COMM_WORLD_RANK=x OMPI_COMM_WORLD_SIZE=2", `launch: as started by Open MPI: OMPI_COMM_WORLD_RANK="x" is not a number from 0 to 16777216`},
		// The size that Slurm tells is not the size of Open MPI's world.
		{"OMPI_COMM_WORLD_RANK=1 SLURM_STEP_ID=0 SLURM_PROCID=0 SLURM_NTASKS=4", "launch: as started by Open MPI: OMPI_COMM_WORLD_RANK=1, but OMPI_COMM_WORLD_SIZE is not set: how many ranks are there?"},
		{"PALS_RANKID=1 PMI_RANK=0 PMI_SIZE=2", "launch: as started by PALS: PALS_RANKID=1 contradicts PMI_RANK=0"},
		{"JSM_NAMESPACE_RANK=1", "launch: as started by jsrun: JSM_NAMESPACE_RANK=1, but JSM_NAMESPACE_SIZE is not set: how many ranks are there?"},
		{"MV2_COMM_WORLD_SIZE=2", "launch: as started by MVAPICH: MV2_COMM_WORLD_SIZE=2, but MV2_COMM_WORLD_RANK is not set"},
		{"FLUX_TASK_RANK=0 FLUX_JOB_SIZE=2 FLUX_JOB_NNODES=3", "launch: as started by Flux: FLUX_JOB_NNODES=3 is more than FLUX_JOB_SIZE=2"},
		{"SLURM_STEP_ID=0 SLURM_PROCID=1", "launch: as started by Slurm: SLURM_PROCID=1, but SLURM_NTASKS is not set: how many ranks are there?"},
		{"SLURM_STEP_ID=zero SLURM_PROCID=1", "launch: as started by Slurm: SLURM_STEP_ID=zero is not a number"},
		{"SLURM_STEP_ID=0 SLURM_PROCID=0 SLURM_NTASKS=2 SLURM_STEP_NODELIST=n[1-2 SLURM_STEP_NUM_NODES=2",
			`launch: as started by Slurm: SLURM_STEP_NODELIST=n[1-2: node list:1:2: "[" without "]"`},
		{"SLURM_STEP_ID=0 SLURM_PROCID=0 SLURM_NTASKS=2 SLURM_STEP_NODELIST=n[1-3] SLURM_STEP_NUM_NODES=2",
			"launch: as started by Slurm: SLURM_STEP_NODELIST=n[1-3] names 3 nodes, but SLURM_STEP_NUM_NODES=2"},
		{"SLURM_STEP_ID=0 SLURM_PROCID=0 SLURM_NTASKS=2 SLURM_STEP_NUM_NODES=1 SLURM_NODEID=0 SLURM_LOCALID=2 SLURM_STEP_TASKS_PER_NODE=2",
			"launch: as started by Slurm: SLURM_LOCALID=2 is not below the 2 tasks of node 0 in SLURM_STEP_TASKS_PER_NODE=2"},
		{"SLURM_JOB_ID=1 SLURM_JOB_NODELIST=n]", `launch: as started by nobody: SLURM_JOB_NODELIST=n]: node list:1:2: "]" without "["`},
		{"PMI_RANK=3", "launch: as started by a PMI launcher whose socket is closed: PMI_RANK=3, but PMI_SIZE is not set: how many ranks are there?"},
		{"PMIX_RANK=3", "launch: as started by a PMIx launcher: PMIX_RANK=3, but no variable tells how many ranks there are: start with mpirun or srun, or say --head, --rank and --world-size"},
		{"RANK=2 MASTER_ADDR=node1", "launch: as started by torchrun: RANK=2, but WORLD_SIZE is not set: how many ranks are there?"},
		{"RANK=2 WORLD_SIZE=2", "launch: as started by torchrun: RANK=2 is not below WORLD_SIZE=2"},
	} {
		e := captured{values: map[string]string{}, sockets: []int{8}}
		for _, kv := range strings.Fields(c.env) {
			name, value, _ := strings.Cut(kv, "=")
			e.values[name] = value
		}
		if p, err := Detect(e.get, e.isSocket); err == nil || err.Error() != c.want {
			t.Errorf("%s\n got %+v, %v\nwant %s", c.env, p, err, c.want)
		}
	}
}

// TestDetectErrorKeepsItsPlace: the text's position can be had from the error.
func TestDetectErrorKeepsItsPlace(t *testing.T) {
	e := captured{values: map[string]string{"SLURM_STEP_ID": "0", "SLURM_PROCID": "0", "SLURM_NTASKS": "1", "SLURM_STEP_NODELIST": "abc["}}
	_, err := Detect(e.get, e.isSocket)
	var at *hostfile.Error
	if !errors.As(err, &at) || at.Col != 4 {
		t.Errorf("%v", err)
	}
}

// TestDetectPMIXRank: the rank is known although the size is not.
func TestDetectPMIXRank(t *testing.T) {
	e := captured{values: map[string]string{"PMIX_RANK": "3", "PMIX_NAMESPACE": "job@1"}}
	p, err := Detect(e.get, e.isSocket)
	if err == nil || p.Launcher != PMIX || p.Rank != 3 || p.Size != -1 || p.JobID != "job@1" {
		t.Errorf("%+v, %v", p, err)
	}
}
