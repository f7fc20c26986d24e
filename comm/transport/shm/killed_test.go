package shm

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"numcomp/comm/transport"
)

const (
	// rankArgument has the test's binary be a rank of a world of processes.
	rankArgument = "be-a-rank"
	// victim is the rank that dies.
	victim = 1
	// patience is how long the others may take to end.
	patience = 20 * time.Second
)

// play is what a rank process is told first.
type play struct {
	Rank  int
	Peers []Peer
	Mode  string
	Step  step // at which it dies
	Nth   int  // of how many of them; 0: it does not
}

// killModes are ways through the protocols.
func killModes() map[string]Options {
	spin := transport.Waiting{Spin: 20 * time.Microsecond}
	return map[string]Options{
		"Sleeping":    {},
		"Spinning":    {Waiting: spin},
		"ThroughRing": {ThroughRing: true, NoPipes: true, EagerLimit: 100, Credit: 500},
		"ThroughPipe": {Waiting: spin, ThroughRing: true},
	}
}

// playRank is a rank process. It tells of its mailbox, is told the others', plays
// its part, says how that ended, and is told when all have, or of a death: the
// control tree does that for a whole program.
func playRank(in io.Reader, out io.Writer) int {
	ep, err := Open()
	if err != nil {
		fmt.Fprintln(out, err)
		return 1
	}
	defer ep.Close()
	said := json.NewEncoder(out)
	heard := json.NewDecoder(in)
	var p play
	if err := errors.Join(said.Encode(ep.Memory()), heard.Decode(&p)); err != nil {
		fmt.Fprintln(out, err)
		return 1
	}
	opts := killModes()[p.Mode]
	opts.PeerLost = func(int, error) {} // the verdict will say who it was
	steps := map[step]int{}
	var mu sync.Mutex
	opts.onStep = func(s step) {
		mu.Lock()
		defer mu.Unlock()
		if steps[s]++; s == p.Step && steps[s] == p.Nth {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
	opts.Mates = everyone(len(p.Peers))
	t := New(ep, p.Rank, transport.List[Peer](p.Peers), nil, opts)
	allEnded := make(chan struct{})
	go func() {
		defer close(allEnded)
		for {
			verdict := ""
			if heard.Decode(&verdict) != nil || verdict == "" {
				return
			}
			t.Break(errors.New(verdict))
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	ended := ""
	if err := playPart(ctx, t); err != nil {
		ended = err.Error()
	}
	said.Encode(ended)
	<-allEnded
	t.Close()
	mu.Lock()
	defer mu.Unlock()
	said.Encode(steps)
	return 0
}

// playPart talks to every other rank by every protocol, and checks what comes.
func playPart(ctx context.Context, t *Transport) error {
	me := t.Rank()
	content := func(from, to, n int) []byte {
		p := make([]byte, n)
		for i := range p {
			p[i] = byte(i + i>>8 + 3*from + 5*to)
		}
		return p
	}
	check := func(from int, p []byte, n int) error {
		if string(p[:n]) != string(content(from, me, len(p))) {
			return fmt.Errorf("a message of %d bytes from rank %d is not what was sent", n, from)
		}
		return nil
	}
	for round := range 2 {
		for _, n := range []int{8, 1000, 20_000, 200_000} {
			var reqs []transport.Request
			var bufs [][]byte
			for r := range t.Size() {
				if r == me {
					continue
				}
				p := make([]byte, n)
				bufs = append(bufs, p)
				if round == 0 {
					reqs = append(reqs, t.Isend(r, 1, content(me, r, n)), t.Irecv(r, 1, p))
				} else {
					reqs = append(reqs, t.Irecv(r, 1, p), t.Isend(r, 1, content(me, r, n)))
				}
			}
			if err := t.Wait(ctx, reqs...); err != nil {
				return err
			}
			for r, i := 0, 0; r < t.Size(); r++ {
				if r == me {
					continue
				}
				if err := check(r, bufs[i], n); err != nil {
					return err
				}
				i++
			}
			// And one after the other, while the rest waits.
			next, prev := (me+1)%t.Size(), (me+t.Size()-1)%t.Size()
			p := make([]byte, n)
			pass := func() error { return t.Send(ctx, next, 2, content(me, next, n)) }
			if me == 0 {
				if err := pass(); err != nil {
					return err
				}
			}
			if _, err := t.Recv(ctx, prev, 2, p); err != nil {
				return err
			}
			if err := check(prev, p, n); err != nil {
				return err
			}
			if me != 0 {
				if err := pass(); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// rankProcess is a rank of a world of processes.
type rankProcess struct {
	cmd   *exec.Cmd
	in    *json.Encoder
	out   *json.Decoder
	close func() error
}

// ended is how a rank's part ended.
type ended struct {
	err   string // "": well
	steps map[step]int
	dead  error // why it said nothing
}

// playWorld plays with processes of which the victim dies at a step, and tells how
// the others ended.
func playWorld(t *testing.T, size int, mode string, dies step, nth int) (ends []ended) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	ranks := make([]rankProcess, size)
	peers := make([]Peer, size)
	for r := range ranks {
		cmd := exec.CommandContext(ctx, os.Args[0], rankArgument)
		cmd.Stderr = os.Stderr
		// The race detector's run-time sleeps for a second before a process exits.
		cmd.Env = append(os.Environ(), "GOMAXPROCS=2", "GORACE=atexit_sleep_ms=0")
		in, err1 := cmd.StdinPipe()
		out, err2 := cmd.StdoutPipe()
		if err := errors.Join(err1, err2, cmd.Start()); err != nil {
			t.Fatal(err)
		}
		ranks[r] = rankProcess{cmd: cmd, in: json.NewEncoder(in), out: json.NewDecoder(bufio.NewReader(out)), close: in.Close}
		peers[r] = Peer{Host: fmt.Sprintf("n%d", r), PID: cmd.Process.Pid}
	}
	for r := range ranks {
		if err := ranks[r].out.Decode(&peers[r].Memory); err != nil {
			t.Fatalf("rank %d told of no mailbox: %v", r, err)
		}
	}
	for r := range ranks {
		p := play{Rank: r, Peers: peers, Mode: mode}
		if r == victim {
			p.Step, p.Nth = dies, nth
		}
		if err := ranks[r].in.Encode(p); err != nil {
			t.Fatal(err)
		}
	}
	ends = make([]ended, size)
	var all sync.WaitGroup
	for r := range ranks {
		all.Go(func() {
			e := &ends[r]
			if e.dead = ranks[r].out.Decode(&e.err); e.dead != nil && r == victim {
				for other := range ranks {
					if other != victim {
						ranks[other].in.Encode(fmt.Sprintf("rank %d (host n%d, pid %d) died: killed", r, r, peers[r].PID))
					}
				}
			}
		})
	}
	all.Wait()
	for r := range ranks {
		ranks[r].in.Encode("")
	}
	for r := range ranks {
		if e := &ends[r]; e.dead == nil {
			e.dead = ranks[r].out.Decode(&e.steps)
		}
		ranks[r].close()
		ranks[r].cmd.Wait()
	}
	return ends
}

// steps are all of them.
func steps() []step {
	return []step{
		stepMapped, stepClaimed, stepSigned, stepWritten, stepPublished, stepRoused, stepRung, stepGot, stepHandled, stepReleased,
		stepTaken, stepCopied, stepLeft, stepSending, stepPart, stepTakenOver, stepAttending, stepAsleep, stepSleeps, stepWoken,
		stepClosing, stepClosed,
	}
}

// A rank that is killed at any step of any protocol leaves nobody hanging, and
// nobody with wrong data: the others end with an error that names it, or had got
// what they wanted of it before.
func TestKilledAtEveryStep(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("shared memory needs Linux")
	}
	const size = 3
	// The first of its kind, one among others, and one when all is under way.
	occurrences := []int{1, 2, 7, 20}
	if testing.Short() {
		occurrences = []int{1, 5}
	}
	died := map[step]int{}
	for mode := range killModes() {
		for r, e := range playWorld(t, size, mode, "", 0) {
			if e.err != "" || e.dead != nil {
				t.Fatalf("%s: nobody is killed, and rank %d ends with %q (%v)", mode, r, e.err, e.dead)
			}
		}
		named := 0
		for _, s := range steps() {
			for _, nth := range occurrences {
				ends := playWorld(t, size, mode, s, nth)
				if ends[victim].dead == nil {
					break // it took so few of them
				}
				died[s]++
				for r, e := range ends {
					where := fmt.Sprintf("%s: rank %d dies when %s, for the %d. time: rank %d", mode, victim, s, nth, r)
					switch {
					case r == victim:
					case e.dead != nil:
						t.Errorf("%s ended without a word: %v", where, e.dead)
					case e.err == "": // it had all
					case strings.Contains(e.err, fmt.Sprintf("rank %d", victim)):
						named++
					default:
						t.Errorf("%s ends with %q, which does not name rank %d", where, e.err, victim)
					}
				}
			}
		}
		t.Logf("%s: %d errors named rank %d", mode, named, victim)
	}
	for _, s := range steps() {
		t.Logf("%3d times: %s", died[s], s)
		if died[s] == 0 && s != stepTakenOver { // when that comes is chance; see TestTakeOver
			t.Errorf("nobody ever died when %s: this part tests nothing", s)
		}
	}
}
