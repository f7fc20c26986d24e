package cli

import (
	"context"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"numcomp/internal/buildid"
	"numcomp/internal/doctor"
	"numcomp/internal/netaddr"
	"numcomp/launch"
)

// explain finds who started this process and how its ranks would meet, and notes
// in report which variables said so.
func (p *process) explain(o *Options, report *doctor.Report) (launch.Place, error) {
	asked := map[string]string{}
	recorded := *p
	recorded.env = func(name string) (string, bool) {
		value, ok := p.env(name)
		if ok && value != "" {
			asked[name] = value
		}
		return value, ok
	}
	place, err := recorded.place(o)
	l := &report.Launcher
	l.Name, l.Rank, l.Size, l.Nodes, l.JobID = place.Launcher, place.Rank, place.Size, place.Nodes, place.JobID
	for name, value := range asked {
		l.Because = append(l.Because, variable(name, value))
	}
	for _, name := range placeVariables {
		if value, ok := p.env(name); ok && value != "" && asked[name] == "" {
			l.Unused = append(l.Unused, variable(name, value))
		}
	}
	for _, list := range [][]doctor.Variable{l.Because, l.Unused} {
		slices.SortFunc(list, func(a, b doctor.Variable) int { return strings.Compare(a.Name, b.Name) })
	}
	if err != nil {
		return place, err
	}
	if place.Launcher == launch.Alone {
		l.Bootstrap, l.Means = "none", "nobody started this process as one of several ranks"
		if a := place.Allocation; a != nil && len(a.NodeList) > 1 {
			return place, allocationError(a)
		}
		return place, nil
	}
	for _, b := range bootstraps() {
		if (o.Bootstrap == "" || o.Bootstrap == b.name) && b.fits(o, place) {
			l.Bootstrap, l.Means = b.name, b.needs
			return place, nil
		}
	}
	l.Bootstrap, l.Means = "none", "none that "+place.Launcher+" offers here"
	return place, nil
}

// placeVariables are those by which launchers tell a process that it is a rank,
// or part of a job: what is set and was not used belongs to an outer launcher.
var placeVariables = []string{"NUMCOMP_RANK", "PMI_FD", "PMI_PORT", "PMI_RANK", "OMPI_COMM_WORLD_RANK", "PALS_RANKID", "JSM_NAMESPACE_RANK",
	"MV2_COMM_WORLD_RANK", "FLUX_JOB_ID", "FLUX_TASK_RANK", "SLURM_JOB_ID", "SLURM_STEP_ID", "SLURM_PROCID", "PMIX_RANK",
	"PBS_JOBID", "LSB_JOBID", "JOB_ID", "RANK", "WORLD_SIZE"}

// maxValue bounds how much of a variable's value is shown.
const maxValue = 64

func variable(name, value string) doctor.Variable {
	if len(value) > maxValue {
		value = value[:maxValue] + "..."
	}
	return doctor.Variable{Name: name, Value: strings.ToValidUTF8(value, "?")}
}

// look is what this process finds around it. addrs are what it published; nil:
// it has no endpoint, and tells the addresses of the machine.
func (p *process) look(addrs []netip.AddrPort) doctor.Rank {
	r := doctor.Look(doctor.This())
	r.Host, r.PID = hostName(), os.Getpid()
	r.Build, _ = buildid.Running()
	for _, a := range addrs {
		r.Addresses = append(r.Addresses, a.String())
	}
	if addrs == nil {
		if ifaces, err := netaddr.Interfaces(); err == nil {
			for _, a := range netaddr.Candidates(ifaces) {
				r.Addresses = append(r.Addresses, a.String())
			}
		}
	}
	return r
}

// examine is collective: it completes report on rank 0, and writes it there.
func (p *process) examine(ctx context.Context, w world, report *doctor.Report, write func() error) error {
	self := p.look(w.addrs)
	self.Rank = w.comm.Rank()
	if w.comm.Size() == 1 {
		report.Ranks = []doctor.Rank{self}
		return write()
	}
	self.Node = w.comm.Member(self.Rank).Node
	peers := make([]doctor.Peer, w.comm.Size())
	for r := range peers {
		peers[r].Node = w.comm.Member(r).Node
		if w.addrsOf != nil {
			peers[r].Addrs = w.addrsOf(r)
		}
	}
	ranks, pairs, err := doctor.Exchange(ctx, w.comm, self, peers, w.probe)
	if err != nil || w.comm.Rank() != 0 {
		return err
	}
	report.Ranks, report.Pairs = ranks, pairs
	report.Launcher.Rank, report.Launcher.Size = 0, len(ranks)
	return write()
}

// launchers are programs that start ranks, and how they tell their version.
var launchers = [][2]string{{"mpirun", "--version"}, {"mpiexec", "--version"}, {"srun", "--version"}, {"flux", "--version"}, {"jsrun", "--version"}, {"ssh", "-V"}}

// versionTimeout bounds how long a launcher may think about its version.
const versionTimeout = 3 * time.Second

// programs are the launchers on this process's PATH. Only rank 0's are shown,
// so only it asks them.
func (p *process) programs(ctx context.Context) (found []doctor.Program) {
	if p.rank(ctx) > 0 {
		return nil
	}
	for _, l := range launchers {
		path, err := exec.LookPath(l[0])
		if err != nil {
			continue
		}
		one, cancel := context.WithTimeout(ctx, versionTimeout)
		cmd := exec.CommandContext(one, path, l[1])
		cmd.Env = launch.WithoutPlace(p.environ)
		text, _ := cmd.CombinedOutput()
		cancel()
		found = append(found, doctor.Program{Name: l[0], Path: path, Version: version(string(text))})
	}
	return found
}

// version is the first line of text that has a digit.
func version(text string) string {
	for line := range strings.Lines(text) {
		if strings.ContainsAny(line, "0123456789") {
			line = strings.Join(strings.Fields(line), " ")
			return line[:min(len(line), maxValue)]
		}
	}
	return ""
}
