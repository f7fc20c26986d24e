package rendezvous

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"syscall"
	"time"

	"numcomp/internal/words"
)

// dialBound bounds one try to connect, and one try to prove, at one port.
const dialBound = 5 * time.Second

// listenNodes serves the leaders of other nodes, at the first of the step's
// ports that is free here.
func (s *step) listenNodes(prove prover) error {
	var inUse error
	for _, port := range s.ports(s.cfg.Node) {
		l, err := net.Listen("tcp", ":"+strconv.Itoa(port))
		if err == nil {
			s.relay.serve(l, func(conn net.Conn) (*headConn, error) { return s.answer(conn, prove) })
			return nil
		}
		if inUse = err; !errors.Is(err, syscall.EADDRINUSE) && !errors.Is(err, syscall.EACCES) {
			return fmt.Errorf("serve other nodes: %w", err)
		}
	}
	return fmt.Errorf("serve other nodes: none of the step's ports %s is free here: %w; srun --resv-ports gives a step ports of its own",
		words.Spans(s.cfg.Ports), inUse)
}

// ports are the step's, in the order in which node tries them: leaders of a
// simulated cluster may share a machine, so each begins elsewhere.
func (s *step) ports(node int) []int {
	n := node % len(s.cfg.Ports)
	return append(s.cfg.Ports[n:len(s.cfg.Ports):len(s.cfg.Ports)], s.cfg.Ports[:n]...)
}

// dialNode connects to the leader of node. At some of its ports nobody listens,
// or another job does: that is no failure until ctx ends, for the leader may not
// have come that far.
func (s *step) dialNode(ctx context.Context, prove prover, node int) (*headConn, error) {
	addrs, err := s.cfg.Resolve(ctx, node)
	if err != nil {
		return nil, fmt.Errorf("find the address of node %d: %w", node, err)
	}
	began, notice := time.Now(), s.cfg.WaitingAfter
	for wait := 20 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		c, err := s.tryNode(ctx, prove, node, addrs)
		if err == nil {
			return c, nil
		}
		if s.cfg.Node == 1 && s.cfg.Waiting != nil && time.Since(began) >= notice {
			s.cfg.Waiting(fmt.Sprintf("waiting for node %d: %v", node, err))
			for time.Since(began) >= notice {
				notice *= 2
			}
		}
		if pause(ctx, wait) != nil {
			return nil, fmt.Errorf("node %d (%s) could not reach node %d: %w (%w): is its local rank 0 alive, and does no firewall stand between?",
				s.cfg.Node, s.cfg.NodeID, node, context.Cause(ctx), err)
		}
	}
}

// tryNode goes through the node's addresses and the ports at each once.
func (s *step) tryNode(ctx context.Context, prove prover, node int, addrs []netip.Addr) (*headConn, error) {
	var odd, last error
	for _, a := range addrs {
		for _, port := range s.ports(node) {
			at := netip.AddrPortFrom(a, uint16(port))
			c, err := s.try(ctx, prove, node, at)
			if err == nil {
				return c, nil
			}
			if ctx.Err() != nil {
				return nil, cmp.Or(odd, last, err)
			}
			last = fmt.Errorf("at %s ports %s: %w", a, words.Spans(s.cfg.Ports), brief(err))
			if !errors.Is(err, syscall.ECONNREFUSED) {
				odd = fmt.Errorf("at %s: %w", at, brief(err))
			}
			if op := (*net.OpError)(nil); errors.As(err, &op) && op.Op == "dial" && !errors.Is(err, syscall.ECONNREFUSED) {
				break // no way to this address, whatever the port
			}
		}
	}
	if odd != nil {
		return nil, odd
	}
	return nil, last
}

func (s *step) try(ctx context.Context, prove prover, node int, at netip.AddrPort) (*headConn, error) {
	d := net.Dialer{Timeout: dialBound}
	conn, err := d.DialContext(ctx, "tcp", at.String())
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	c, err := func() (*headConn, error) {
		if err := conn.SetDeadline(time.Now().Add(dialBound)); err != nil {
			return nil, err
		}
		c, err := s.greet(ctx, conn, prove, node)
		if err != nil {
			return nil, err
		}
		return c, conn.SetDeadline(time.Time{})
	}()
	if err != nil {
		conn.Close()
		return nil, err
	}
	return c, nil
}
