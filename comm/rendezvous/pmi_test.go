package rendezvous

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// script plays a transcript's server: it wants each ">" line in one read, and
// then writes the "<" lines that follow it. It closes conn at the end.
func script(conn net.Conn, transcript string) error {
	defer conn.Close()
	buf := make([]byte, 4096)
	for line := range strings.Lines(transcript) {
		switch line[0] {
		case '>':
			n, err := conn.Read(buf)
			if err != nil {
				return fmt.Errorf("the client ended before %q: %w", line, err)
			}
			if got := string(buf[:n]); got != line[2:] {
				return fmt.Errorf("the client sent %q, want %q", got, line[2:])
			}
		case '<':
			if _, err := io.WriteString(conn, line[2:]); err != nil {
				return err
			}
		}
	}
	return nil
}

// scripted starts a server for the transcript. Its error is the test's.
func scripted(t *testing.T, transcript string) net.Conn {
	t.Helper()
	client, server := net.Pipe() // one Read sees one Write
	done := make(chan error, 1)
	go func() { done <- script(server, transcript) }()
	t.Cleanup(func() {
		client.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return client
}

func TestPMITranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/pmi/*")
	if err != nil || len(files) == 0 {
		t.Fatal("no transcripts", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			ctx := deadline(t)
			p, err := NewPMI(ctx, scripted(t, string(text)))
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Put(ctx, "nc-secret", "abc-_"); err != nil {
				t.Error(err)
			}
			if err := p.Commit(ctx); err != nil {
				t.Error(err)
			}
			if v, err := p.Get(ctx, "nc-secret"); v != "abc-_" || err != nil {
				t.Errorf("got %q, %v", v, err)
			}
			if v, err := p.Get(ctx, "missing"); err == nil || !strings.Contains(err.Error(), "missing") {
				t.Errorf("a missing key: %q, %v", v, err)
			}
			if err := p.Close(); err != nil {
				t.Error(err)
			}
			select {
			case <-p.Lost():
				t.Error("a clean end counts as the launcher's death")
			default:
			}
			if _, _, ok := p.Place(); ok {
				t.Error("a place over PMI_FD")
			}
		})
	}
}

const pmiStart = `> cmd=init pmi_version=1 pmi_subversion=1
< cmd=response_to_init rc=0 pmi_version=1 pmi_subversion=1
> cmd=get_maxes
< cmd=maxes rc=0 kvsname_max=256 keylen_max=32 vallen_max=100
> cmd=get_my_kvsname
< cmd=my_kvsname rc=0 kvsname=k
`

func TestPMIFailures(t *testing.T) {
	for _, c := range []struct{ name, transcript, want string }{
		{"version refused", "> cmd=init pmi_version=1 pmi_subversion=1\n< cmd=response_to_init rc=-1 msg=only 2.0\n", `refused init: rc=-1, msg "only 2.0"`},
		{"other version", "> cmd=init pmi_version=1 pmi_subversion=1\n< cmd=response_to_init rc=0 pmi_version=2 pmi_subversion=0\n", "speaks PMI 2"},
		{"wrong reply", "> cmd=init pmi_version=1 pmi_subversion=1\n< cmd=maxes rc=0\n", `answered with "maxes"`},
		{"no text", "> cmd=init pmi_version=1 pmi_subversion=1\n< \x01\x02\n", "not text"},
		{"endless line", "> cmd=init pmi_version=1 pmi_subversion=1\n< cmd=response_to_init msg=" + strings.Repeat("x", 5000) + "\n", "longer than 4096"},
		{"end of file", "> cmd=init pmi_version=1 pmi_subversion=1\n", "launcher closed the PMI connection"},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn, server := net.Pipe()
			done := make(chan struct{})
			go func() { defer close(done); _ = script(server, c.transcript) }()
			_, err := NewPMI(deadline(t), conn)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
			<-done
		})
	}
}

func TestPMIRespectsLimits(t *testing.T) {
	ctx := deadline(t)
	p, err := NewPMI(ctx, scripted(t, pmiStart+"> cmd=finalize\n< cmd=finalize_ack rc=0\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ key, value string }{
		{strings.Repeat("k", 32), "v"}, {"k", strings.Repeat("v", 100)}, {"a b", "v"}, {"k", "a=b"}, {"k", "a\nb"}, {"", "v"},
	} {
		if err := p.Put(ctx, c.key, c.value); err == nil {
			t.Errorf("put %q = %q was sent", c.key, c.value)
		}
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

// A launcher that dies is noticed while nothing is asked of it, and by a
// request that waits.
func TestPMILauncherDies(t *testing.T) {
	ctx := deadline(t)
	p, err := NewPMI(ctx, scripted(t, pmiStart+"> cmd=barrier_in\n"))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Commit(ctx); !errors.Is(err, ErrLauncherLost) {
		t.Errorf("the barrier ended with %v", err)
	}
	select {
	case <-p.Lost():
	case <-ctx.Done():
		t.Error("the launcher's end went unnoticed")
	}
	if err := p.Put(ctx, "k", "v"); !errors.Is(err, ErrLauncherLost) {
		t.Errorf("a later put ended with %v", err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

// afterWrite calls f with what a Write has handed over.
type afterWrite struct {
	net.Conn
	f func(string)
}

func (c afterWrite) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.f(string(p))
	return n, err
}

func TestPMIBarrierGivenUp(t *testing.T) {
	ctx := deadline(t)
	short, cancel := context.WithCancelCause(ctx)
	conn := scripted(t, pmiStart+"> cmd=barrier_in\n> cmd=abort exitcode=1 message=rank 2 never came\n")
	p, err := NewPMI(ctx, afterWrite{conn, func(s string) {
		if strings.Contains(s, "barrier_in") {
			cancel(errors.New("start timeout"))
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Commit(short); err == nil || !strings.Contains(err.Error(), "start timeout") {
		t.Errorf("the barrier ended with %v", err)
	}
	// The reply of the barrier would be taken for this one's.
	if _, err := p.Get(ctx, "k"); err == nil {
		t.Error("a request was sent with a reply outstanding")
	}
	if err := p.Abort(1, "rank 2\nnever came"); err != nil {
		t.Error(err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

func TestPMIPort(t *testing.T) {
	for _, c := range []struct {
		name, reply, want string
		rank, size        int
	}{
		{"hydra", "< cmd=initack\n< cmd=set size=4\n< cmd=set rank=3\n< cmd=set debug=0\n", "", 3, 4},
		{"order", "< cmd=initack rc=0\n< cmd=set debug=0\n< cmd=set rank=0\n< cmd=set size=1\n", "", 0, 1},
		{"no size", "< cmd=initack rc=0\n< cmd=set debug=0\n< cmd=set rank=0\n< cmd=set debug=1\n", "rank 0 of -1", 0, 0},
		{"refused", "< cmd=initack rc=1 msg=unknown_id\n", "unknown_id", 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx := deadline(t)
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			done := make(chan error, 1)
			go func() {
				conn, err := l.Accept()
				if err == nil {
					rest := ""
					if c.want == "" {
						rest = pmiStart + "> cmd=finalize\n< cmd=finalize_ack\n"
					}
					err = script(conn, "> cmd=initack pmiid=17\n"+c.reply+rest)
				}
				done <- err
			}()
			p, err := DialPMI(ctx, l.Addr().String(), "17")
			if c.want != "" {
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("got %v, want an error with %q", err, c.want)
				}
			} else if err != nil {
				t.Error(err)
			} else {
				if rank, size, ok := p.Place(); rank != c.rank || size != c.size || !ok {
					t.Errorf("place %d of %d, %v", rank, size, ok)
				}
				if err := p.Close(); err != nil {
					t.Error(err)
				}
			}
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
}

func TestPMIFromFD(t *testing.T) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	server := os.NewFile(uintptr(pair[1]), "server")
	defer server.Close()
	conn, err := PMIFromFD(pair[0])
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	raw, err := conn.(*net.UnixConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var flags int
	if err := raw.Control(func(fd uintptr) { flags, err = unix.FcntlInt(fd, unix.F_GETFD, 0) }); err != nil || flags&unix.FD_CLOEXEC == 0 {
		t.Errorf("children would inherit the socket: flags %x, %v", flags, err)
	}
	if _, err := io.WriteString(conn, "cmd=x\n"); err != nil {
		t.Error(err)
	}
	if line, err := bufio.NewReader(server).ReadString('\n'); line != "cmd=x\n" {
		t.Errorf("the server read %q, %v", line, err)
	}
}

func TestPMIFromFDRefuses(t *testing.T) {
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lone, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(lone)
	for _, c := range []struct {
		fd   int
		want string
	}{{int(file.Fd()), "not a socket"}, {1 << 20, "not an open file"}, {lone, "not connected"}} {
		if _, err := PMIFromFD(c.fd); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want an error with %q", err, c.want)
		}
	}
	if _, err := file.Stat(); err != nil {
		t.Errorf("the refused file was closed: %v", err)
	}
}
