package launch

// pmix is a PMIx server that no launcher's own variables stand beside. There is
// no PMIX_SIZE, and PMIx itself has no client without cgo.
var pmix = detector{
	name: "a PMIx launcher",
	owns: []string{"PMIX_RANK", "PMIX_NAMESPACE", "PMIX_ID", "PMIX_SERVER_*", "PMIX_SECURITY_MODE", "PMIX_BFROP_BUFFER_TYPE",
		"PMIX_GDS_MODULE", "PMIX_PTL_MODULE", "PMIX_HOSTNAME", "PMIX_VERSION", "PMIX_DSTORE_*", "PMIX_SYSTEM_TMPDIR"},
	detect: func(v *variables) (Place, bool) {
		p := place(PMIX)
		if !v.has("PMIX_RANK") {
			return p, false
		}
		p.Rank = v.number("PMIX_RANK", -1)
		pmixServer(v, &p)
		v.fail("%s, but no variable tells how many ranks there are: start with mpirun or srun, or say --head, --rank and --world-size", v.show("PMIX_RANK"))
		return p, true
	},
}

// pmixServer reads what a PMIx server sets besides the rank.
func pmixServer(v *variables, p *Place) {
	p.NodeID = v.text("PMIX_HOSTNAME")
	p.JobID = v.text("PMIX_NAMESPACE")
	p.TmpDir = v.text("PMIX_SERVER_TMPDIR")
}
