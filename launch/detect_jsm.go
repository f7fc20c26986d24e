package launch

// jsm is IBM's Job Step Manager (jsrun).
var jsm = detector{
	name: "jsrun",
	owns: []string{"JSM_NAMESPACE_*"},
	detect: func(v *variables) (Place, bool) {
		p := place(JSM)
		if !v.has("JSM_NAMESPACE_RANK") && !v.has("JSM_NAMESPACE_SIZE") {
			return p, false
		}
		p.Rank, p.Size = v.below("JSM_NAMESPACE_RANK", "JSM_NAMESPACE_SIZE")
		p.LocalRank, p.LocalSize = v.local("JSM_NAMESPACE_LOCAL_RANK", "JSM_NAMESPACE_LOCAL_SIZE", p.Size)
		pmixServer(v, &p)
		return p, true
	},
}
