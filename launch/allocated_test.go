package launch

import (
	"errors"
	"slices"
	"testing"

	"numcomp/hostfile"
)

func TestAllocatedHosts(t *testing.T) {
	files := map[string]string{"/pbs": "a\nb\na\n", "/sge": "a 3 all.q@a UNDEFINED\nb 1 all.q@b <NULL>\n", "/bad": "a\nb slots=2\n"}
	read := func(path string) (string, error) {
		if s, ok := files[path]; ok {
			return s, nil
		}
		return "", errors.New("open " + path + ": no such file or directory")
	}
	for _, c := range []struct {
		env            map[string]string
		want, variable string
		err            string
	}{
		{env: map[string]string{}},
		{env: map[string]string{"SLURM_JOB_NODELIST": "n[1-3]", "SLURM_TASKS_PER_NODE": "2(x2),1"}, want: "n1:2,n2:2,n3:1", variable: "SLURM_JOB_NODELIST"},
		{env: map[string]string{"SLURM_JOB_NODELIST": "n[1-2]", "SLURM_JOB_CPUS_PER_NODE": "8(x2)"}, want: "n1:8,n2:8", variable: "SLURM_JOB_NODELIST"},
		{env: map[string]string{"SLURM_JOB_NODELIST": "n[1-2]"}, want: "n1,n2", variable: "SLURM_JOB_NODELIST"},
		{env: map[string]string{"SLURM_JOB_NODELIST": "n[1-3]", "SLURM_TASKS_PER_NODE": "4(x3)", "SLURM_STEP_ID": "0", "SLURM_STEP_NODELIST": "n2", "SLURM_STEP_TASKS_PER_NODE": "3"},
			want: "n2:3", variable: "SLURM_STEP_NODELIST"},
		// A batch script is a step too, but of Slurm's own.
		{env: map[string]string{"SLURM_JOB_NODELIST": "n[1-2]", "SLURM_TASKS_PER_NODE": "4(x2)", "SLURM_STEP_ID": "4294967291", "SLURM_STEP_NODELIST": "n1", "SLURM_STEP_TASKS_PER_NODE": "1"},
			want: "n1:4,n2:4", variable: "SLURM_JOB_NODELIST"},
		{env: map[string]string{"PBS_NODEFILE": "/pbs"}, want: "a:2,b:1", variable: "PBS_NODEFILE"},
		{env: map[string]string{"LSB_MCPU_HOSTS": "a 5 b 3", "LSB_DJOB_HOSTFILE": "/none"}, want: "a:5,b:3", variable: "LSB_MCPU_HOSTS"},
		{env: map[string]string{"LSB_DJOB_HOSTFILE": "/pbs"}, want: "a:2,b:1", variable: "LSB_DJOB_HOSTFILE"},
		{env: map[string]string{"PE_HOSTFILE": "/sge"}, want: "a:3,b:1", variable: "PE_HOSTFILE"},
		{env: map[string]string{"FLUX_URI": "local:///x", "BATCH_HOSTLIST": "foo[01,2]"}, want: "foo01,foo02", variable: "BATCH_HOSTLIST"},
		{env: map[string]string{"BATCH_HOSTLIST": "foo[01,2]"}},
		{env: map[string]string{"SLURM_JOB_NODELIST": "n[1-", "SLURM_TASKS_PER_NODE": "1"}, variable: "SLURM_JOB_NODELIST", err: `launch: SLURM_JOB_NODELIST: node list:1:2: "[" without "]"`},
		{env: map[string]string{"SLURM_JOB_NODELIST": "n[1-2]", "SLURM_TASKS_PER_NODE": "1"}, variable: "SLURM_JOB_NODELIST", err: `launch: SLURM_JOB_NODELIST: task counts:1:2: 1 counts are fewer than the 2 nodes`},
		{env: map[string]string{"SLURM_STEP_NODELIST": "n1", "SLURM_STEP_ID": "x"}, err: "launch: SLURM_STEP_NODELIST: SLURM_STEP_ID=x is not a number", variable: "SLURM_STEP_NODELIST"},
		{env: map[string]string{"PBS_NODEFILE": "/none"}, variable: "PBS_NODEFILE", err: "launch: PBS_NODEFILE: open /none: no such file or directory"},
		{env: map[string]string{"PBS_NODEFILE": "/bad"}, variable: "PBS_NODEFILE", err: `launch: PBS_NODEFILE: /bad:2:3: unknown word "slots=2" after host b: a line holds a host's name alone, once a slot`},
		{env: map[string]string{"LSB_MCPU_HOSTS": "a b"}, variable: "LSB_MCPU_HOSTS", err: `launch: LSB_MCPU_HOSTS: LSB_MCPU_HOSTS:1:3: slots of a: "b" is not a number from 1 to 1048576`},
	} {
		env := func(name string) (string, bool) { s, ok := c.env[name]; return s, ok }
		hosts, variable, err := AllocatedHosts(env, read)
		text := ""
		if err != nil {
			text = err.Error()
		}
		var want []hostfile.Host
		if c.want != "" {
			var bad error
			if want, bad = hostfile.ParseHosts(c.want); bad != nil {
				t.Fatal(bad)
			}
		}
		if text != c.err || variable != c.variable || !slices.Equal(hosts, want) {
			t.Errorf("%v:\n%v from %s, %s\nwant %v from %s, %s", c.env, hosts, variable, text, want, c.variable, c.err)
		}
	}
}
