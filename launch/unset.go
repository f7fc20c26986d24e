package launch

import (
	"slices"
	"strings"
)

// Unset lists the variables in which launchers tell one process its place,
// sorted; a name that ends in * stands for every name that begins so. Left in
// the environment of a process that is started anew they would be lies: Run
// takes them out. What users set (OMPI_MCA_btl) and what is true of the whole
// allocation (SLURM_JOB_ID) is not among them.
func Unset() []string {
	var names []string
	for _, d := range detectors {
		names = append(names, d.owns...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// WithoutPlace is env (NAME=value) without the variables of Unset.
func WithoutPlace(env []string) []string {
	exact := map[string]bool{}
	var begins []string
	for _, name := range Unset() {
		if prefix, ok := strings.CutSuffix(name, "*"); ok {
			begins = append(begins, prefix)
		} else {
			exact[name] = true
		}
	}
	kept := make([]string, 0, len(env))
	for _, kv := range env {
		name, _, _ := strings.Cut(kv, "=")
		if !exact[name] && !slices.ContainsFunc(begins, func(p string) bool { return strings.HasPrefix(name, p) }) {
			kept = append(kept, kv)
		}
	}
	return kept
}
