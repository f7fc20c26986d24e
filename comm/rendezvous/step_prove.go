package rendezvous

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
)

// What the leader of a node says first to that of the node above it: who it is,
// and how it wants to prove that. Part of the wire format:
//
//	below                            above
//	magic (8), way (1)          ->
//	                            <-   magic (8), way (1), or 0: it cannot
//	the way's own hellos, which end with a key for each direction
//	record: claim (job, node)   ->
//	                            <-   record: ok
const stepMagic = "\x8bncstep\x01" // the last byte is the version

// Ways to prove.
const (
	wayMunge    = 'm'
	wayKey      = 'k'
	wayInsecure = 'i'
)

// A prover is one way by which two leaders make sure that they are of one user
// and step.
type prover interface {
	way() byte
	// greet is the side of node below, which dialled; answer that of node above.
	greet(ctx context.Context, conn net.Conn, job string, below, above int) (*headConn, error)
	answer(ctx context.Context, conn net.Conn, job string, above int) (*headConn, error)
}

// prover chooses how this leader proves itself.
func (s *step) prover(ctx context.Context) (prover, error) {
	var why []string
	if s.cfg.Munge != nil {
		err := s.cfg.Munge.works(ctx)
		if err == nil {
			return s.cfg.Munge, nil
		}
		why = append(why, fmt.Sprintf("munge does not work here: %v", err))
	}
	if s.cfg.Key != nil {
		key, err := s.cfg.Key()
		if err == nil {
			if len(why) > 0 {
				s.cfg.Logf("start: %s; the user's key file is taken", why[0])
			}
			return stepKey{wayKey, key[:]}, nil
		}
		why = append(why, err.Error())
	}
	if s.cfg.Insecure {
		return stepKey{wayInsecure, []byte("insecure")}, nil
	}
	if len(why) == 0 {
		why = append(why, "there is neither munge nor a key file")
	}
	return nil, fmt.Errorf("the nodes have no way to know each other: %s; --insecure starts without a proof, where nobody else can reach the nodes",
		strings.Join(why, ", and "))
}

// errNotHere says that who listens is not whom this rank looks for: go on.
var errNotHere = errors.New("another job listens there")

// greet is the side of the node below.
func (s *step) greet(ctx context.Context, conn net.Conn, p prover, above int) (*headConn, error) {
	if _, err := conn.Write(append([]byte(stepMagic), p.way())); err != nil {
		return nil, err
	}
	reply := make([]byte, len(stepMagic)+1)
	if _, err := io.ReadFull(conn, reply); err != nil {
		return nil, err
	}
	if string(reply[:len(stepMagic)]) != stepMagic {
		return nil, errNotHead
	}
	if reply[len(stepMagic)] != p.way() {
		return nil, fmt.Errorf("it cannot prove itself by %s, as this node does: is munge running on all nodes?", wayName(p.way()))
	}
	c, err := p.greet(ctx, conn, s.cfg.Job, s.cfg.Node, above)
	if err != nil {
		return nil, err
	}
	if err := c.send(recordClaim, s.cfg.Job); err != nil {
		return nil, err
	}
	if what, _, err := c.receive(); err != nil || what != recordOK {
		return nil, errors.Join(errNotHere, err)
	}
	return c, nil
}

func wayName(way byte) string {
	switch way {
	case wayMunge:
		return "munge"
	case wayKey:
		return "the user's key file"
	}
	return "nothing (--insecure)"
}

// answer is the side of the node above.
func (s *step) answer(conn net.Conn, p prover) (*headConn, error) {
	hello := make([]byte, len(stepMagic)+1)
	if _, err := io.ReadFull(conn, hello); err != nil {
		return nil, err
	}
	way := hello[len(stepMagic)]
	if string(hello[:len(stepMagic)]) != stepMagic {
		return nil, errors.New("what it sent is not numcomp's")
	}
	reply := append([]byte(stepMagic), 0)
	if way == p.way() {
		reply[len(stepMagic)] = way
	}
	if _, err := conn.Write(reply); err != nil {
		return nil, err
	}
	if way != p.way() {
		return nil, fmt.Errorf("it wants to prove itself by %s, this node by %s", wayName(way), wayName(p.way()))
	}
	c, err := p.answer(s.relay.life, conn, s.cfg.Job, s.cfg.Node)
	if err != nil {
		return nil, err
	}
	what, d, err := c.receive()
	if err != nil {
		return nil, err
	}
	if job := d.string(); what != recordClaim || job != s.cfg.Job || d.end() != nil {
		return nil, errNotHere
	}
	return c, c.send(recordOK)
}

// stepKey proves by a key that both have. Without security everybody has it.
type stepKey struct {
	kind byte
	key  []byte
}

func (k stepKey) way() byte { return k.kind }

// of is the key for one step and the node that serves: leaders of other steps,
// and of other nodes, are not mistaken for it.
func (k stepKey) of(job string, above int) (*HeadKey, error) {
	b, err := hkdf.Key(sha256.New, k.key, nil, fmt.Sprintf("numcomp step %s node %d", job, above), len(HeadKey{}))
	if err != nil {
		return nil, err
	}
	return (*HeadKey)(b), nil
}

func (k stepKey) greet(_ context.Context, conn net.Conn, job string, _, above int) (*headConn, error) {
	key, err := k.of(job, above)
	if err != nil {
		return nil, err
	}
	return greetHead(conn, key)
}

func (k stepKey) answer(_ context.Context, conn net.Conn, job string, above int) (*headConn, error) {
	key, err := k.of(job, above)
	if err != nil {
		return nil, err
	}
	return answerHead(conn, key)
}
