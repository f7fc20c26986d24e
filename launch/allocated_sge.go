package launch

import "numcomp/hostfile"

var sgeHosts = allocator{
	variable: "PE_HOSTFILE",
	hosts:    fromFile("PE_HOSTFILE", hostfile.ParseSGE),
}
