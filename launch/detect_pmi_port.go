package launch

import (
	"net"
	"strconv"
)

// pmiPort is a PMI-1 server to connect to: Hydra with -pmi-port, mpirun_rsh. It
// tells rank and size over the connection.
var pmiPort = detector{
	name: "a PMI-1 launcher (PMI_PORT)",
	owns: []string{"PMI_PORT", "PMI_ID"},
	detect: func(v *variables) (Place, bool) {
		p := place(MPICH)
		if !v.has("PMI_PORT") || !v.has("PMI_ID") {
			return p, false
		}
		p.PMI.Port, p.PMI.ID = v.text("PMI_PORT"), v.text("PMI_ID")
		_, port, err := net.SplitHostPort(p.PMI.Port)
		if n, bad := strconv.Atoi(port); err != nil || bad != nil || n < 1 || n > 65535 {
			v.fail("%s is not HOST:PORT", v.show("PMI_PORT"))
		}
		hydra(v, &p)
		return p, true
	},
}
