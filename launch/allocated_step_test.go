package launch

import (
	"fmt"
	"strings"
	"testing"

	"numcomp/hostfile"
)

func TestStepRanks(t *testing.T) {
	hosts := []hostfile.Host{{Name: "n1", Slots: 5}, {Name: "n2", Slots: 1}, {Name: "n3", Slots: 1}}
	for _, c := range []struct {
		env, want, distribution string
	}{
		// As srun of Slurm 22.05 placed them.
		{"SLURM_STEP_ID=0 SLURM_DISTRIBUTION=cyclic", "[[0 3 4 5 6] [1] [2]]", "cyclic"},
		{"SLURM_STEP_ID=0 SLURM_DISTRIBUTION=plane SLURM_DIST_PLANESIZE=2", "[[0 1 4 5 6] [2] [3]]", "plane"},
		{"SLURM_STEP_ID=0 SLURM_DISTRIBUTION=block", "[[0 1 2 3 4] [5] [6]]", "block"},
		{"SLURM_STEP_ID=0", "[[0 1 2 3 4] [5] [6]]", "block"},
		{"SLURM_STEP_ID=0 SLURM_DISTRIBUTION=cyclic:block", "[[0 3 4 5 6] [1] [2]]", "cyclic"},
		{"SLURM_STEP_ID=0 SLURM_DISTRIBUTION=block:cyclic,Pack", "[[0 1 2 3 4] [5] [6]]", "block"},
		{"SLURM_STEP_ID=0 SLURM_DISTRIBUTION=arbitrary", "[]", "arbitrary"},
		{"SLURM_STEP_ID=0 SLURM_DISTRIBUTION=plane", "[]", "plane"},
		{"SLURM_STEP_ID=4294967291 SLURM_DISTRIBUTION=cyclic", "[]", ""}, // a batch script's
		{"SLURM_DISTRIBUTION=cyclic", "[]", ""},
	} {
		e := captured{values: map[string]string{}}
		for _, kv := range strings.Fields(c.env) {
			name, value, _ := strings.Cut(kv, "=")
			e.values[name] = value
		}
		ranks, distribution := StepRanks(e.get, hosts)
		if got := fmt.Sprint(ranks); got != c.want || distribution != c.distribution {
			t.Errorf("%s: %s, %q; want %s, %q", c.env, got, distribution, c.want, c.distribution)
		}
	}
}
