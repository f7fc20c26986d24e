package slurm

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"numcomp/internal/real/realtest"
)

// Nodes is how many nodes a cluster has: n1 to n8. Their names do not resolve,
// and they share one network, one boot id and one host name.
const Nodes = 8

// Cluster is a running Slurm.
type Cluster struct {
	// Namespace is where its daemons are, and where its commands must run.
	Namespace *realtest.Namespace
	// Dir holds its files. Every user can enter it.
	Dir string
}

// conf is slurm.conf. CPUs are as many as the machine does not have, on purpose.
const conf = `
ClusterName=numcomp
SlurmctldHost=%[1]s(127.0.0.1)
SlurmctldPort=16817
SlurmUser=root
AuthType=auth/munge
CredType=cred/munge
StateSaveLocation=%[2]s/state
SlurmctldPidFile=%[2]s/slurmctld.pid
SlurmctldLogFile=%[2]s/slurmctld.log
SlurmdSpoolDir=%[2]s/%%n/spool
SlurmdPidFile=%[2]s/%%n/pid
SlurmdLogFile=%[2]s/%%n/log
TmpFS=%[2]s/%%n/tmp
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SlurmctldTimeout=120
SlurmdTimeout=300
MessageTimeout=60
InactiveLimit=0
KillWait=5
MinJobAge=300
SchedulerType=sched/builtin
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
NodeName=n[1-%[3]d] NodeHostname=%[1]s NodeAddr=127.0.0.1 Port=17001-1700%[3]d CPUs=128 RealMemory=2000 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`

// mpiConf is mpi.conf. The fence that PMIx has by default, a tree, lets some ranks
// go on before others: Open MPI's ranks then get messages before they have set up
// what takes them, and die in MPI_Init (14 of 140 steps of a C program that does
// nothing else; none of 160 with a ring). docs/launching.md has the cure for users.
const mpiConf = `
PMIxCollFence=ring
`

// daemons starts munge's and Slurm's: each goes to the background by itself. A
// /run of the namespace's own keeps munge's socket, at the place where its
// commands look for it, apart from the machine's. The C library finds no IPv4
// address at all, not even 127.0.0.1, on a machine that has none but loopback's.
const daemons = `
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -m 755 /run/munge
ip addr add 10.77.0.1/32 dev lo
export SLURM_CONF=%[1]s/slurm.conf
munged --force --num-threads=2 --key-file=%[1]s/munge.key --pid-file=%[1]s/munged.pid --log-file=%[1]s/munged.log --seed-file=%[1]s/munge.seed
slurmctld -c
for n in %[2]s; do slurmd -N "$n"; done
`

// Start starts a cluster and waits until all its nodes are idle. The caller
// closes it; should this process die, the daemons do.
func Start() (c *Cluster, err error) {
	dir, err := os.MkdirTemp("", "numcomp-slurm-")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("start Slurm: %w\n%s", err, logs(dir)), os.RemoveAll(dir))
		}
	}()
	host := filepath.Base(dir)
	if err := files(dir, host); err != nil {
		return nil, err
	}
	var names []string
	for n := range Nodes {
		names = append(names, fmt.Sprintf("n%d", n+1))
	}
	ns, err := realtest.NewNamespace(host, fmt.Sprintf(daemons, dir, strings.Join(names, " ")), "rm -rf "+dir)
	if err != nil {
		return nil, err
	}
	c = &Cluster{Namespace: ns, Dir: dir}
	if err := c.ready(); err != nil {
		return nil, errors.Join(err, ns.Close())
	}
	return c, nil
}

// files makes what the daemons want to find. munged insists on folders that only
// its user can write, and on a key that only its user can read.
func files(dir, host string) error {
	err := os.Chmod(dir, 0o755)
	for _, d := range []string{"state", "bin"} {
		err = errors.Join(err, os.Mkdir(filepath.Join(dir, d), 0o755))
	}
	for n := range Nodes {
		for _, d := range []string{"spool", "tmp"} {
			err = errors.Join(err, os.MkdirAll(filepath.Join(dir, fmt.Sprintf("n%d", n+1), d), 0o755))
		}
	}
	key := make([]byte, 128)
	for i := range key {
		key[i] = byte(i) + host[len(host)-1]
	}
	return errors.Join(err, os.WriteFile(filepath.Join(dir, "munge.key"), key, 0o400),
		os.WriteFile(filepath.Join(dir, "mpi.conf"), []byte(mpiConf), 0o644),
		os.WriteFile(filepath.Join(dir, "slurm.conf"), fmt.Appendf(nil, conf, host, dir, Nodes), 0o644))
}

// ready waits until the nodes are idle.
func (c *Cluster) ready() error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(time.Minute); ; <-tick.C {
		out, err := c.Namespace.Output(c.Command("sinfo", "-h", "-t", "idle", "-o", "%D"))
		if err == nil && strings.TrimSpace(out) == fmt.Sprint(Nodes) {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the nodes are not idle after a minute: %s: %w", strings.TrimSpace(out), err)
		}
	}
}

// Env is what a command needs in its environment to speak with the cluster.
func (c *Cluster) Env() []string {
	return []string{"SLURM_CONF=" + filepath.Join(c.Dir, "slurm.conf")}
}

// Command is a command for the cluster, to be started in its namespace.
func (c *Cluster) Command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), c.Env()...)
	return cmd
}

// Close ends the cluster, with all jobs, and removes its files.
func (c *Cluster) Close() error {
	return errors.Join(c.Namespace.Close(), os.RemoveAll(c.Dir))
}

// Logs are the last lines of the daemons' logs.
func (c *Cluster) Logs() string { return logs(c.Dir) }

func logs(dir string) string {
	var b strings.Builder
	for _, pattern := range []string{"munged.log", "slurmctld.log", "n*/log"} {
		names, _ := filepath.Glob(filepath.Join(dir, pattern))
		for _, name := range names {
			text, _ := os.ReadFile(name)
			lines := strings.Split(strings.TrimSpace(string(text)), "\n")
			fmt.Fprintf(&b, "%s:\n  %s\n", strings.TrimPrefix(name, dir+"/"), strings.Join(lines[max(0, len(lines)-12):], "\n  "))
		}
	}
	return b.String()
}
