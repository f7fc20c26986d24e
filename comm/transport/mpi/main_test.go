//go:build mpi

package mpi

import (
	"encoding/gob"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	gompi "github.com/sbromberger/gompi"
	"go.uber.org/goleak"
)

// The suites of transports drive all ranks of a world from one process, and MPI has
// one rank a process. So mpirun starts this test binary once more as ranks that do
// what the suite's process tells them; see remote_test.go.
const (
	serveVariable = "NUMCOMP_TEST_MPI_SERVE" // the socket at which the suite listens
	panicVariable = "NUMCOMP_TEST_MPI_PANIC" // set in ranks of which one panics
	shortVariable = "NUMCOMP_TEST_MPI_SHORT" // set in a rank whose receives are too short
	pieceVariable = "NUMCOMP_TEST_MPI_PIECE" // set in ranks whose collectives go in pieces
)

func TestMain(m *testing.M) {
	if socket := os.Getenv(serveVariable); socket != "" {
		if err := serve(socket); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if os.Getenv(panicVariable) != "" {
		panicAtRank1()
		os.Exit(0)
	}
	for variable, life := range map[string]func() error{shortVariable: receiveTooShort, pieceVariable: collectInPieces} {
		if os.Getenv(variable) == "" {
			continue
		}
		if err := life(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// mpirun is a command under Open MPI's mpirun.
func mpirun(t *testing.T, np int, env []string, args ...string) *exec.Cmd {
	t.Helper()
	if _, err := exec.LookPath("mpirun.openmpi"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	c := exec.Command("mpirun.openmpi", append([]string{"-np", strconv.Itoa(np)}, args...)...)
	c.Env = append(os.Environ(), "OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1", "OMPI_MCA_rmaps_base_oversubscribe=1")
	c.Env = append(c.Env, env...)
	return c
}

// startRanks starts np ranks that serve, and returns a connection to each, by rank.
func startRanks(t *testing.T, np int, env ...string) []*rankConn {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var out output
	cmd := mpirun(t, np, append(env, serveVariable+"="+socket), os.Args[0])
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait(); l.Close() }()
	conns := make([]*rankConn, np)
	t.Cleanup(func() {
		for _, c := range conns {
			if c != nil {
				c.conn.Close()
				<-c.read
			}
		}
		if err := <-ended; err != nil {
			t.Errorf("mpirun: %v\n%s", err, out.String())
		}
	})
	for range np {
		conn, err := l.Accept()
		if err != nil {
			t.Fatalf("the ranks did not come\n%s", out.String())
		}
		c := newRankConn(conn)
		var rank int
		if err := c.dec.Decode(&rank); err != nil {
			t.Fatal(err)
		}
		conns[rank] = c
		go c.replies()
	}
	return conns
}

// startRank starts MPI in a rank of mpirun's, one of size.
func startRank() (p *Process, size int, err error) {
	if size, err = strconv.Atoi(os.Getenv("OMPI_COMM_WORLD_SIZE")); err != nil {
		return nil, 0, err
	}
	p, err = Start(size)
	return p, size, err
}

// serve is the life of a rank that the suite drives.
func serve(socket string) error {
	p, size, err := startRank()
	if err != nil {
		return err
	}
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return err
	}
	defer conn.Close()
	s := &server{enc: gob.NewEncoder(conn), dec: gob.NewDecoder(conn), size: size}
	if err := s.enc.Encode(gompi.WorldRank()); err != nil {
		return err
	}
	err = s.run()
	p.Stop()
	return err
}

// newSub is collective over the first n ranks and all others: the first get a
// transport of their own.
func newSub(n, size int) (*Transport, error) {
	rank, color := gompi.WorldRank(), 0
	if rank >= n {
		color = -1
	}
	part, err := worldNative().split(color, rank)
	if err != nil || color < 0 {
		return nil, err
	}
	return newTransport(part.endpoint(), rank, n, waitingFor(size, runtime.NumCPU()))
}
