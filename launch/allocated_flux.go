package launch

import "numcomp/hostfile"

// Flux itself sets no variable with its hosts. This is the name that its manual
// gives to what batch scripts ask for: BATCH_HOSTLIST=$(flux getattr hostlist).
var fluxHosts = allocator{
	variable: "BATCH_HOSTLIST",
	when:     func(v *variables) bool { return v.has("FLUX_URI") },
	hosts: func(v *variables, _ readFile) ([]hostfile.Host, error) {
		return hostfile.FluxHosts(v.text("BATCH_HOSTLIST"))
	},
}
