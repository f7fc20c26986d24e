package rendezvous

import (
	"context"
	"fmt"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"numcomp/internal/pmiwire"
)

// PMIFromFD takes over the connected socket that a launcher passed by number
// (PMI_FD). Children do not inherit what it returns, and the number itself is
// closed; when it fails, the descriptor is left as it was.
func PMIFromFD(fd int) (net.Conn, error) {
	dup, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("PMI_FD=%d is not an open file: %w", fd, err)
	}
	f := os.NewFile(uintptr(dup), "PMI_FD")
	conn, err := net.FileConn(f)
	f.Close()
	if err != nil {
		return nil, fmt.Errorf("PMI_FD=%d is not a socket: %w", fd, err)
	}
	if conn.RemoteAddr() == nil {
		conn.Close()
		return nil, fmt.Errorf("PMI_FD=%d is not connected to a launcher", fd)
	}
	if err := syscall.Close(fd); err != nil {
		conn.Close()
		return nil, fmt.Errorf("PMI_FD=%d: close: %w", fd, err)
	}
	return conn, nil
}

// DialPMI connects to a launcher that listens (PMI_PORT=host:port) and names
// this process to it by id (PMI_ID). The launcher answers with rank and world
// size: see Place.
func DialPMI(ctx context.Context, port, id string) (*PMI, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", port)
	if err != nil {
		return nil, fmt.Errorf("PMI_PORT=%s: cannot connect to the launcher: %w", port, err)
	}
	return startPMI(ctx, conn, func(p *PMI, ctx context.Context) error { return p.introduce(ctx, id) }, (*PMI).initialise)
}

// introduce says which process this is and reads rank and size: after the
// reply to initack come three lines of cmd=set.
func (p *PMI) introduce(ctx context.Context, id string) error {
	if _, err := p.request(ctx, pmiwire.InitAck(id)); err != nil {
		return err
	}
	for range 3 {
		line, err := p.line(ctx, "initack")
		if err != nil {
			return err
		}
		m, err := pmiwire.Parse(line)
		if err != nil {
			return err
		}
		if m.Cmd != "set" {
			return fmt.Errorf("pmi: initack was followed by %.32q instead of set", m.Cmd)
		}
		for key, value := range map[string]*int{"size": &p.size, "rank": &p.rank} {
			if _, ok := m.Get(key); !ok {
				continue
			}
			if *value, err = m.Int(key); err != nil {
				return err
			}
		}
	}
	if p.size < 1 || p.rank < 0 || p.rank >= p.size {
		return fmt.Errorf("pmi: the launcher says rank %d of %d", p.rank, p.size)
	}
	return nil
}
