package launch

import "numcomp/hostfile"

// tree is who starts whom. The launcher is number 0. Relays on other hosts are 1
// to remote, in a heap: the launcher starts the first fanOut of them, number 1 the
// next fanOut, and so on, so that nobody ever has more than fanOut below it. What
// runs on the launcher's own machine is numbered after them, and is the
// launcher's own.
type tree struct{ remote, fanOut int }

// DefaultFanOut is how many other hosts one host starts.
const DefaultFanOut = 32

func (t *tree) parent(id int) int {
	if id > t.remote {
		return 0
	}
	return (id - 1) / t.fanOut
}

// first is the number that id's frames pass last on their way to the launcher:
// one that the launcher has started itself.
func (t *tree) first(id int) int { return t.step(0, id) }

// step is the next on the way from above down to id; 0 if id is not below it.
func (t *tree) step(above, id int) int {
	for id > 0 {
		p := t.parent(id)
		if p == above {
			return id
		}
		id = p
	}
	return 0
}

// below are the numbers that id starts.
func (t *tree) below(id int) (ids []int) {
	for i := id*t.fanOut + 1; i <= min((id+1)*t.fanOut, t.remote); i++ {
		ids = append(ids, i)
	}
	return ids
}

// branch is what a relay is told of the tree: kBranch.
type branch struct {
	ID, Remote, FanOut int
	Start              remoteStart
	Below              []hostfile.Host // of t.below(ID), in that order
}

// gone is a relay that has ended, with all that is below it, or, with number 0,
// the agent of the relay that says so: kGone.
type gone struct {
	ID    int
	Error string // empty: in good order
	Said  string // the last on its standard error
}
