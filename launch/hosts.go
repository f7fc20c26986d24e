package launch

import (
	"context"
	"fmt"

	"numcomp/hostfile"
)

// startAgents starts an agent on each host, once: on this machine as it is, on
// the others below a relay, the first of which start the rest.
func (j *job) startAgents(ctx context.Context) error {
	var here, away []hostfile.Host
	seen := map[string]bool{}
	for _, h := range j.hosts {
		switch {
		case seen[h.Name]:
			continue
		case isThisMachine(h.Name):
			here = append(here, h)
		default:
			away = append(away, h)
		}
		seen[h.Name] = true
	}
	j.tree = tree{remote: len(away), fanOut: j.spec.FanOut}
	for i, h := range append(away, here...) {
		j.links = append(j.links, &agentLink{host: h, tree: &j.tree, id: i + 1, node: -1})
	}
	if len(away) > 0 {
		if err := j.chooseStart(away); err != nil {
			j.giveUp(0)
			return err
		}
	}
	for _, l := range j.links {
		if !l.direct() {
			continue
		}
		err := ctx.Err()
		if err == nil {
			err = j.startLink(l)
		}
		if err != nil {
			j.giveUp(0)
			return fmt.Errorf("launch: agent on host %s: %w", l.host.Name, err)
		}
	}
	return nil
}

// chooseStart decides how relays are started.
func (j *job) chooseStart(away []hostfile.Host) error {
	name := j.spec.Starter
	if name == "" {
		name = chooseStarter(j.local, away)
	}
	if _, err := starterNamed(name); err != nil {
		return err
	}
	if len(j.spec.Relay) == 0 {
		return fmt.Errorf("launch: host %s is not this machine, and ranks can be started on this machine only", away[0].Name)
	}
	j.spec.Logf("launch: %d other hosts, started by %s", len(away), name)
	j.start = remoteStart{
		Starter: name, Args: j.spec.StarterArgs, Program: j.spec.Relay[0], Words: j.spec.Relay[1:],
		Stage: !j.spec.NoStage, Timeout: j.spec.StartTimeout,
	}
	return nil
}

func (j *job) startLink(l *agentLink) error {
	var p *agentProcess
	var err error
	if l.remote() {
		p, err = j.start.start(j.forker, j.local, l.host, j.ownImage)
	} else {
		p, err = startLocal(j.spec.Agent, j.local)
	}
	if err != nil {
		return err
	}
	j.spec.Logf("launch: host %s is started by process %d", l.host.Name, p.pid)
	c := j.openLink(l, p)
	j.conns = append(j.conns, c)
	for _, below := range j.links {
		if j.tree.first(below.id) == l.id {
			below.via = c
		}
	}
	return nil
}

func (j *job) ownImage() (image, error) {
	if j.image.path == "" {
		m, err := newImage(j.start.Program)
		if err != nil {
			return image{}, err
		}
		j.image = m
	}
	return j.image, nil
}

// giveUp takes every agent that was not started, and does not answer through
// another, for gone: those below id, or all (0).
func (j *job) giveUp(id int) {
	for _, l := range j.links {
		if id == 0 && l.via == nil || id > 0 && l.id != id && j.tree.step(id, l.id) != 0 {
			l.finished = true
		}
	}
}

// greeted takes note of an agent's first word, and has its relay start those
// below it.
func (j *job) greeted(l *agentLink) {
	l.greeted = true
	if ids := j.tree.below(l.id); l.remote() && len(ids) > 0 {
		b := branch{ID: l.id, Remote: j.tree.remote, FanOut: j.tree.fanOut, Start: j.start}
		for _, id := range ids {
			b.Below = append(b.Below, j.links[id-1].host)
		}
		l.send(kBranch, encode(b))
	}
}

// gone takes note of the end of what a relay had below it.
func (j *job) gone(l *agentLink, g gone) error {
	if g.ID == 0 {
		j.ended(l, errorOf(g.Error), g.Said)
		return nil
	}
	if g.ID < 1 || g.ID > j.tree.remote || j.tree.parent(g.ID) != l.id {
		return fmt.Errorf("it says that number %d of the tree is gone, which is not below it", g.ID)
	}
	j.ended(j.links[g.ID-1], errorOf(g.Error), g.Said)
	j.endedBelow(g.ID)
	return nil
}

func errorOf(text string) error {
	if text == "" {
		return nil
	}
	return &relayedError{text}
}

// relayedError is an error of another host.
type relayedError struct{ text string }

func (e *relayedError) Error() string { return e.text }

// endedBelow takes note that nothing is heard any more of what is below id.
func (j *job) endedBelow(id int) {
	for _, l := range j.links {
		if l.id != id && j.tree.step(id, l.id) != 0 && !l.finished {
			j.ended(l, nil, "")
		}
	}
}

// closeIdle closes the connections through which nothing more is expected, which
// ends the relays.
func (j *job) closeIdle() {
	for _, c := range j.conns {
		idle := true
		for _, l := range j.links {
			idle = idle && (l.via != c || l.done || l.finished)
		}
		if idle {
			c.close()
		}
	}
}
