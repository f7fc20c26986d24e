package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"numcomp/hostfile"
	"numcomp/launch"
)

// hostFlags are where ranks may run, as the command line tells it.
type hostFlags struct {
	host                             []hostfile.Host // as they stand there
	hostfile, machinefile, nodeList  string
	mapBy                            launch.MapBy
	byHost, byFile, byMachine, byMap *option // the rows; nil: the command has none
	byList                           *option
}

// hostList is a list of hosts that was understood.
type hostList struct {
	// hosts are in the order in which ranks are placed; nil: none were named.
	hosts []hostfile.Host
	// by is how.
	by launch.MapBy
	// from is where the list came from, for people.
	from string
	// step: they are those of the Slurm step that this process is one task of.
	step bool
}

func (h *hostFlags) hostOption(group string) *option {
	h.byHost = &option{name: "host", group: group, arg: "a:2,b", def: "this machine", usage: "where to start them; a:2 has 2 slots",
		set: parsed(&h.host, hostfile.ParseHosts)}
	return h.byHost
}

func (h *hostFlags) hostfileOption(group string) *option {
	h.byFile = &option{name: "hostfile", group: group, arg: "FILE",
		usage: "where to start them: a host a line, as Open MPI and MPICH write it; without slots=N, a host has as many as CPUs, or as it has lines",
		set:   pathValue(&h.hostfile, "a file")}
	return h.byFile
}

func (h *hostFlags) machinefileOption(group string) *option {
	h.byMachine = &option{name: "machinefile", group: group, arg: "FILE",
		usage: "where each rank starts: lines of HOST[:RANKS] in the order of ranks, as Intel MPI has it",
		set:   pathValue(&h.machinefile, "a file")}
	return h.byMachine
}

func (h *hostFlags) nodeListOption(group string) *option {
	h.byList = &option{name: "nodelist", group: group, arg: "LIST", usage: "a list of nodes as Slurm and Flux write it, such as n[01-16],gpu[1,3]",
		set: pathValue(&h.nodeList, "a list of nodes")}
	return h.byList
}

func (h *hostFlags) mapByOption(group string) *option {
	h.byMap = &option{name: "map-by", group: group, arg: "slot|node", def: "slot", usage: "slot: fill a host, then the next; node: a rank to each host in turn",
		set: func(value string) error {
			by, err := launch.ParseMapBy(value)
			if err != nil {
				return notOneOf(value, "an order of placing", []string{launch.BySlot.String(), launch.ByNode.String()})
			}
			h.mapBy = by
			return nil
		}}
	return h.byMap
}

// read understands the list that was named, if one was.
func (h *hostFlags) read(env func(string) (string, bool)) (hostList, error) {
	list := hostList{by: h.mapBy}
	var named []*option
	for _, o := range []*option{h.byHost, h.byFile, h.byMachine, h.byList} {
		if o != nil && o.IsSet() {
			named = append(named, o)
		}
	}
	if len(named) == 0 {
		return list, nil
	}
	if len(named) > 1 {
		return list, usagef("%s and %s both name hosts: give one of them", dashed(named[0].name), dashed(named[1].name))
	}
	var err error
	switch named[0] {
	case h.byHost:
		list.hosts, list.from = hostfile.Merge(h.host), "--host"
	case h.byFile:
		list.hosts, err = readHosts(h.hostfile, hostfile.ParseHostfile)
		list.from = h.hostfile
	case h.byMachine:
		if h.byMap != nil && h.byMap.IsSet() {
			return list, usagef("--map-by: the lines of --machinefile are the order of ranks already").
				withHint("give --hostfile %s to have them mapped", h.machinefile)
		}
		list.hosts, err = readHosts(h.machinefile, hostfile.ParseMachinefile)
		list.from, list.by = h.machinefile, launch.ByEntry
	case h.byList:
		list.from = "--nodelist"
		if inFlux(env) {
			list.hosts, err = hostfile.FluxHosts(h.nodeList)
		} else {
			list.hosts, err = hostfile.SlurmHosts(h.nodeList, "")
		}
	}
	if err != nil {
		return list, usagef("%s: %w", dashed(named[0].name), err)
	}
	return list, nil
}

// inFlux tells whether lists of nodes are Flux's here, which pads numbers otherwise
// than Slurm.
func inFlux(env func(string) (string, bool)) bool {
	uri, _ := env("FLUX_URI")
	slurm, _ := env("SLURM_JOB_ID")
	return uri != "" && slurm == ""
}

func readHosts(path string, parse func(name, contents string) ([]hostfile.Host, error)) ([]hostfile.Host, error) {
	contents, err := readText(path)
	if err != nil {
		return nil, err
	}
	return parse(path, contents)
}

// maxText is far more than the longest list of hosts takes.
const maxText = 64 << 20

// readText reads a file of text, a pipe also.
func readText(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("cannot read it: %w", err)
	}
	defer f.Close()
	var b strings.Builder
	n, err := io.Copy(&b, io.LimitReader(f, maxText+1))
	if err != nil {
		return "", fmt.Errorf("cannot read it: %w", err)
	}
	if n > maxText {
		return "", errors.New(path + " is larger than 64 MiB, and no list of hosts")
	}
	return b.String(), nil
}
