package launch

import (
	"fmt"

	"numcomp/hostfile"
)

// allocator knows where one scheduler tells a job its hosts.
type allocator struct {
	// variable says that the hosts are told, and where.
	variable string
	// hosts reads them. What is wrong is returned as it is.
	hosts func(v *variables, read readFile) ([]hostfile.Host, error)
	// when says whether the variable means this at all; nil: always.
	when func(v *variables) bool
}

// readFile is how a file that the environment names is read.
type readFile func(path string) (string, error)

// allocators is the order of probing: the hosts of a step before those of its job.
var allocators = []allocator{
	slurmStepHosts,
	slurmJobHosts,
	pbsHosts,
	lsfHosts,
	lsfFileHosts,
	sgeHosts,
	fluxHosts,
}

// AllocatedHosts finds in the environment the hosts that a scheduler has granted,
// and the variable that tells them. There are none, and no error, outside of an
// allocation, and in those whose environment has no list.
func AllocatedHosts(env Getenv, read func(path string) (string, error)) (hosts []hostfile.Host, variable string, err error) {
	for _, a := range allocators {
		v := &variables{get: env}
		if !v.has(a.variable) || a.when != nil && !a.when(v) {
			continue
		}
		hosts, err := a.hosts(v, read)
		if err == nil {
			err = v.err
		}
		if err != nil {
			return nil, a.variable, fmt.Errorf("launch: %s: %w", a.variable, err)
		}
		return hosts, a.variable, nil
	}
	return nil, "", nil
}

// fromFile makes the reader of a variable that names a file.
func fromFile(variable string, parse func(name, contents string) ([]hostfile.Host, error)) func(*variables, readFile) ([]hostfile.Host, error) {
	return func(v *variables, read readFile) ([]hostfile.Host, error) {
		path := v.text(variable)
		contents, err := read(path)
		if err != nil {
			return nil, err
		}
		return parse(path, contents)
	}
}
