package launch

// pmiVariables is PMI_RANK and PMI_SIZE where the socket to the server is gone:
// a wrapper closed it. Rank and size still hold.
var pmiVariables = detector{
	name: "a PMI launcher whose socket is closed",
	detect: func(v *variables) (Place, bool) {
		if !v.has("PMI_RANK") && !v.has("PMI_SIZE") {
			return place(MPICH), false
		}
		return pmiPlace(v), true
	},
}
