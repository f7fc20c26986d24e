package launch

import "numcomp/hostfile"

// needed are the hosts that get ranks, as far as that can be foreseen: a long list
// of hosts costs nothing, nor do bad ones among those that are not needed.
func (s *Spec) needed() []hostfile.Host {
	ranks, known, err := Foresee(s.Hosts, s.N, s.PerNode, s.MapBy)
	if err != nil || !known {
		return s.Hosts
	}
	used := map[string]bool{}
	for i, h := range s.Hosts {
		used[h.Name] = used[h.Name] || len(ranks[i]) > 0
	}
	var hosts []hostfile.Host
	for _, h := range s.Hosts {
		if used[h.Name] {
			hosts = append(hosts, h)
		}
	}
	return hosts
}
