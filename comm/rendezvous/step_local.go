package rendezvous

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"
)

// localName is the address of a node's leader: an abstract unix socket, so that
// nothing is left behind. It names the node, too: two nodes of a simulated
// cluster may share the machine.
func (s *step) localName() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "numcomp step\x00%s\x00%d\x00%d\x00%s", s.cfg.Job, s.uid, s.cfg.Node, s.cfg.NodeID))
	return "@numcomp-" + hex.EncodeToString(sum[:16])
}

func (s *step) listenLocal() error {
	l, err := net.Listen("unix", s.localName())
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("another process serves the ranks of node %d (%s) already: were the ranks started twice?", s.cfg.Node, s.cfg.NodeID)
	}
	if err != nil {
		return fmt.Errorf("serve the ranks of this node: %w", err)
	}
	s.relay.serve(l, func(conn net.Conn) (*headConn, error) {
		return &headConn{Conn: conn}, s.sameUser(conn)
	})
	return nil
}

// dialLeader connects to the leader of this node. It tries until that is there.
func (s *step) dialLeader(ctx context.Context) (*headConn, error) {
	var d net.Dialer
	for wait := 2 * time.Millisecond; ; wait = min(2*wait, 100*time.Millisecond) {
		conn, err := d.DialContext(ctx, "unix", s.localName())
		if err == nil {
			if err = s.sameUser(conn); err == nil {
				return &headConn{Conn: conn}, nil
			}
			conn.Close()
		}
		if pause(ctx, wait) != nil {
			return nil, fmt.Errorf("local rank %d of node %d (%s) could not reach the node's local rank 0: %w (%w): is that rank alive?",
				s.cfg.LocalRank, s.cfg.Node, s.cfg.NodeID, context.Cause(ctx), brief(err))
		}
	}
}

// sameUser fails unless the kernel says that the process at the other end was of
// this user when it connected or began to listen.
func (s *step) sameUser(conn net.Conn) error {
	raw, err := conn.(*net.UnixConn).SyscallConn()
	if err != nil {
		return err
	}
	var peer *syscall.Ucred
	var failed error
	if err := raw.Control(func(fd uintptr) {
		peer, failed = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	}); err != nil || failed != nil {
		return errors.Join(err, failed)
	}
	if int(peer.Uid) != s.uid {
		return fmt.Errorf("a process of user %d (pid %d) is there, not of this user (%d)", peer.Uid, peer.Pid, s.uid)
	}
	return nil
}
