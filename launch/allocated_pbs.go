package launch

import "numcomp/hostfile"

var pbsHosts = allocator{
	variable: "PBS_NODEFILE",
	hosts:    fromFile("PBS_NODEFILE", hostfile.ParsePBS),
}
