package hand

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"numcomp/internal/real/realtest"
)

var program string

func TestMain(m *testing.M) { os.Exit(realtest.Main(m, &program)) }

// freePort is a loopback port that nothing listened on a moment ago.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// rank is the command of one rank started by hand.
func rank(home, head string, r, size int, more ...string) realtest.Cmd {
	args := []string{program, "--head", head, "--rank", strconv.Itoa(r), "--world-size", strconv.Itoa(size)}
	return realtest.Cmd{Args: append(args, more...), Env: []string{"HOME=" + home, "XDG_CONFIG_HOME="}}
}

func TestAnswer(t *testing.T) {
	home, head, out := t.TempDir(), freePort(t), filepath.Join(t.TempDir(), "r.npy")
	more := []string{"--input", realtest.Data(t, "image.npy"), "--filters", realtest.Data(t, "bank.npy"), "--output", out, "--iterations", "2"}
	var ranks []*realtest.Process
	for _, r := range []int{2, 0, 1} { // in any order
		ranks = append(ranks, realtest.Start(t, rank(home, head, r, 3, more...)))
	}
	for _, p := range ranks {
		if r := p.Wait(t); r.Status != 0 {
			t.Errorf("%v: status %d\n%s", p.Cmd.Args, r.Status, r.Stderr)
		}
	}
	realtest.SameAsScipy(t, out)
}

// TestStrangers: garbage, silence and an early hang-up at the rendezvous and at
// a rank's own port disturb nothing.
func TestStrangers(t *testing.T) {
	home, head := t.TempDir(), freePort(t)
	zero := realtest.Start(t, rank(home, head, 0, 2, "--iterations", "20", "--size", "300x300", "--items", "8", "--work-time", "0.05"))
	poke := func(addr string) net.Conn {
		t.Helper()
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	realtest.Until(t, "rank 0 listens", func() bool {
		c, err := net.Dial("tcp", head)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	garbage := poke(head)
	fmt.Fprint(garbage, "GET / HTTP/1.1\r\nHost: numcomp\r\n\r\n")
	defer garbage.Close()
	silent := poke(head)
	defer silent.Close()
	poke(head).Close()

	one := realtest.Start(t, rank(home, head, 1, 2, "--iterations", "20", "--size", "300x300", "--items", "8", "--work-time", "0.05"))
	for _, addr := range realtest.ListenAddrs(t, zero.Cmd.Process.Pid, head) {
		c := poke(addr)
		io.WriteString(c, strings.Repeat("\xff", 4096))
		defer c.Close()
	}
	for _, p := range []*realtest.Process{zero, one} {
		if r := p.Wait(t); r.Status != 0 {
			t.Errorf("%v: status %d\n%s", p.Cmd.Args, r.Status, r.Stderr)
		}
	}
}

func TestMissingRank(t *testing.T) {
	home, head := t.TempDir(), freePort(t)
	zero := realtest.Start(t, rank(home, head, 0, 3, "--start-timeout", "2s"))
	one := realtest.Start(t, rank(home, head, 1, 3, "--start-timeout", "10s"))
	r := zero.Wait(t)
	if r.Status != 1 || !strings.Contains(r.Stderr, "rank 2") {
		t.Errorf("rank 0: status %d, want 1 and rank 2 named\n%s", r.Status, r.Stderr)
	}
	if r := one.Wait(t); r.Status != 1 {
		t.Errorf("rank 1: status %d, want 1\n%s", r.Status, r.Stderr)
	}
}

func TestTwoClaimOneRank(t *testing.T) {
	home, head := t.TempDir(), freePort(t)
	first := realtest.Start(t, rank(home, head, 0, 3, "--start-timeout", "5s"))
	a := realtest.Start(t, rank(home, head, 1, 3, "--start-timeout", "5s"))
	b := realtest.Start(t, rank(home, head, 1, 3, "--start-timeout", "5s"))
	said := first.Wait(t).Stderr + a.Wait(t).Stderr + b.Wait(t).Stderr
	if !strings.Contains(said, "rank 1") || !(strings.Contains(said, "two") || strings.Contains(said, "already") || strings.Contains(said, "claim")) {
		t.Errorf("nobody says that rank 1 was claimed twice:\n%s", said)
	}
}

func TestRankOutsideTheWorld(t *testing.T) {
	r := realtest.Run(t, rank(t.TempDir(), "127.0.0.1:1", 3, 3))
	if r.Status != 2 || !strings.Contains(r.Stderr, "--rank") {
		t.Errorf("status %d, want 2\n%s", r.Status, r.Stderr)
	}
}

// TestAnotherUsersKey: a rank with another key is turned away; the job that it
// knocked at goes on.
func TestAnotherUsersKey(t *testing.T) {
	home, head := t.TempDir(), freePort(t)
	zero := realtest.Start(t, rank(home, head, 0, 2, "--iterations", "1"))
	stranger := realtest.Run(t, rank(t.TempDir(), head, 1, 2, "--start-timeout", "3s"))
	if stranger.Status != 1 || !strings.Contains(stranger.Stderr, "key") {
		t.Errorf("stranger: status %d, want 1 and a word on the key\n%s", stranger.Status, stranger.Stderr)
	}
	one := realtest.Start(t, rank(home, head, 1, 2, "--iterations", "1"))
	for _, p := range []*realtest.Process{zero, one} {
		if r := p.Wait(t); r.Status != 0 {
			t.Errorf("%v: status %d\n%s", p.Cmd.Args, r.Status, r.Stderr)
		}
	}
}

// TestOtherBuild: ranks of two builds refuse one another, naming both.
func TestOtherBuild(t *testing.T) {
	home, head := t.TempDir(), freePort(t)
	other := realtest.OtherBuild(t)
	zero := realtest.Start(t, rank(home, head, 0, 2, "--start-timeout", "10s"))
	c := rank(home, head, 1, 2, "--start-timeout", "10s")
	c.Args[0] = other
	one := realtest.Start(t, c)
	for _, p := range []*realtest.Process{zero, one} {
		r := p.Wait(t)
		if r.Status != 1 || !strings.Contains(r.Stderr, "build") {
			t.Errorf("%v: status %d, want 1 and both builds named\n%s", p.Cmd.Args, r.Status, r.Stderr)
		}
	}
}

func TestHeadDies(t *testing.T) {
	home, head := t.TempDir(), freePort(t)
	long := []string{"--iterations", "1000000", "--size", "200x200", "--items", "4"}
	zero := realtest.Start(t, rank(home, head, 0, 2, long...))
	one := realtest.Start(t, rank(home, head, 1, 2, long...))
	realtest.Until(t, "rank 1 has its connections", func() bool { return realtest.Sockets(one.Cmd.Process.Pid) >= 2 })
	zero.Cmd.Process.Kill()
	zero.Wait(t)
	began := time.Now()
	r := one.Wait(t)
	if r.Status != 1 || !strings.Contains(r.Stderr, "rank 0") {
		t.Errorf("rank 1: status %d, want 1 and rank 0 named\n%s", r.Status, r.Stderr)
	}
	t.Logf("rank 1 ended %v after rank 0 was killed", time.Since(began).Round(time.Millisecond))
}

// TestBadUsageEverywhere: what rank 0 finds to be bad usage is that on all ranks.
func TestBadUsageEverywhere(t *testing.T) {
	for _, more := range [][]string{{"--input", "missing.npy"}, {"--items", "3", "--mem", "99M"}} {
		home, head := t.TempDir(), freePort(t)
		var ranks []*realtest.Process
		for r := range 2 {
			ranks = append(ranks, realtest.Start(t, rank(home, head, r, 2, more...)))
		}
		for _, p := range ranks {
			if r := p.Wait(t); r.Status != 2 || !strings.Contains(r.Stderr, more[0]) {
				t.Errorf("%v: status %d, want 2 and %s named\n%s", p.Cmd.Args, r.Status, more[0], r.Stderr)
			}
		}
	}
}
