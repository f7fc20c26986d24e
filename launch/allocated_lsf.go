package launch

import "numcomp/hostfile"

var lsfHosts = allocator{
	variable: "LSB_MCPU_HOSTS",
	hosts: func(v *variables, _ readFile) ([]hostfile.Host, error) {
		return hostfile.ParseLSFHosts("LSB_MCPU_HOSTS", v.text("LSB_MCPU_HOSTS"))
	},
}

// LSF leaves the list out of the environment of jobs for which it is too long.
var lsfFileHosts = allocator{
	variable: "LSB_DJOB_HOSTFILE",
	hosts:    fromFile("LSB_DJOB_HOSTFILE", hostfile.ParseLSFHostfile),
}
