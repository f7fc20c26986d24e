package launch

import (
	"fmt"
	"slices"

	"numcomp/hostfile"
)

// OversubscribedError is a host with more ranks than slots, in a job that must not
// have one.
type OversubscribedError struct {
	Host         string
	Ranks, Slots int // of the host
	N, All       int // of the job: ranks, and slots of the hosts that have any
}

func (e *OversubscribedError) Error() string {
	return fmt.Sprintf("launch: host %s would have %d ranks on %d slots; in all, there are %d ranks and %d slots", e.Host, e.Ranks, e.Slots, e.N, e.All)
}

// checkSlots is the error of the first host that has more ranks than slots.
func (s *Spec) checkSlots(assigned []Assignment) error {
	if !s.NoOversubscribe {
		return nil
	}
	i := slices.IndexFunc(assigned, func(a Assignment) bool { return a.Oversubscribed() > 0 })
	if i < 0 {
		return nil
	}
	e := &OversubscribedError{Host: assigned[i].Host.Name, Ranks: len(assigned[i].Ranks), Slots: assigned[i].Host.Slots}
	for _, a := range assigned {
		e.N += len(a.Ranks)
		e.All += a.Host.Slots
	}
	return e
}

// checkPlaces finds what is wrong with the places of ranks before anything is
// started, as far as slots are known.
func (s *Spec) checkPlaces() error {
	if s.N > 0 {
		if err := s.Show.beyond(s.N); err != nil {
			return err
		}
	}
	if len(s.Hosts) == 0 {
		return nil
	}
	if slices.ContainsFunc(s.Hosts, func(h hostfile.Host) bool { return h.Slots == 0 }) {
		_, _, err := Foresee(s.Hosts, s.N, s.PerNode, s.MapBy)
		return err
	}
	assigned, err := Assign(s.Hosts, s.N, s.PerNode, s.MapBy)
	if err != nil {
		return err
	}
	if err := s.Show.beyond(count(assigned)); err != nil {
		return err
	}
	return s.checkSlots(assigned)
}

// count is the ranks of all hosts.
func count(assigned []Assignment) (n int) {
	for _, a := range assigned {
		n += len(a.Ranks)
	}
	return n
}
