package rendezvous

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"numcomp/internal/pmiwire"
)

// PMI is the Store of a launcher that speaks PMI-1: MPICH's and Intel's mpirun,
// Flux, srun --mpi=pmi2, and numcomp's own. Requests go out one at a time, each
// in one write, and wait for their reply, because Slurm's server reads one
// request a read(2).
//
// Commit is the launcher's barrier: it ends when every rank of the job has
// called it. Values are visible after it only.
type PMI struct {
	conn  io.ReadWriteCloser
	kvs   string
	max   struct{ key, value int } // lengths that the server takes
	rank  int
	size  int
	lines chan string   // from the reader, one at a time
	ended chan struct{} // closed when the reader has ended
	why   error         // of that; set before
	lost  chan struct{} // closed when the server's end was closed before Close
	stop  chan struct{} // closed by Close
	once  sync.Once
	wg    sync.WaitGroup

	turn chan struct{} // held by the request under way; cap 1

	mu      sync.Mutex // guards the fields below, and writes
	broken  error      // a request was given up half-way
	aborted bool
	leaving bool // Close was called
}

// PMIRefused is the error of a request that the launcher answered with a
// failure.
type PMIRefused struct {
	// Cmd is the request; RC and Msg are the reply's rc and msg.
	Cmd, RC, Msg string
}

func (e *PMIRefused) Error() string {
	s := "pmi: the launcher refused " + e.Cmd
	if e.RC != "" {
		s += ": rc=" + e.RC
	}
	if e.Msg != "" {
		s += fmt.Sprintf(", msg %q", e.Msg)
	}
	return s
}

// ErrLauncherLost is in the chain of every error that comes from the launcher
// having closed its end: it has died, or is ending the job.
var ErrLauncherLost = errors.New("the launcher closed the PMI connection: it died, or ends the job")

// NewPMI starts PMI 1.1 over conn, which it owns from now on, also when it
// fails. ctx bounds the exchange.
func NewPMI(ctx context.Context, conn io.ReadWriteCloser) (*PMI, error) {
	return startPMI(ctx, conn, (*PMI).initialise)
}

func startPMI(ctx context.Context, conn io.ReadWriteCloser, steps ...func(*PMI, context.Context) error) (*PMI, error) {
	p := &PMI{conn: conn, rank: -1, size: -1, lines: make(chan string), ended: make(chan struct{}), lost: make(chan struct{}),
		stop: make(chan struct{}), turn: make(chan struct{}, 1)}
	p.wg.Add(1)
	go p.read()
	for _, step := range steps {
		if err := step(p, ctx); err != nil {
			p.end()
			return nil, err
		}
	}
	return p, nil
}

// initialise agrees on the version, and learns the limits and the name of the
// key-value space.
func (p *PMI) initialise(ctx context.Context) error {
	r, err := p.request(ctx, pmiwire.Init())
	if err != nil {
		return err
	}
	if v, ok := r.Get("pmi_version"); ok && v != "1" {
		return fmt.Errorf("pmi: the launcher speaks PMI %s, this program only PMI 1", v)
	}
	if r, err = p.request(ctx, pmiwire.GetMaxes()); err != nil {
		return err
	}
	p.max.key, p.max.value = pmiwire.MaxKey, pmiwire.MaxValue
	for name, limit := range map[string]*int{"keylen_max": &p.max.key, "vallen_max": &p.max.value} {
		n, err := r.Int(name)
		if err != nil {
			return err
		}
		if n < 2 {
			return fmt.Errorf("pmi: the launcher says %s=%d, which leaves no room", name, n)
		}
		*limit = min(*limit, n-1) // the server counts C's zero byte
	}
	if r, err = p.request(ctx, pmiwire.GetMyKVSName()); err != nil {
		return err
	}
	name, _ := r.Get("kvsname")
	if name == "" || len(name) > pmiwire.MaxKVSName {
		return fmt.Errorf("pmi: the launcher named its key-value space %.32q", name)
	}
	p.kvs = name
	return nil
}

// Place is the rank and the world size as the launcher reported them over
// PMI_PORT; ok is false over PMI_FD, where the environment has them.
func (p *PMI) Place() (rank, size int, ok bool) { return p.rank, p.size, p.size > 0 }

// Lost is closed when the launcher has closed its end before Close was called:
// it died, or is ending the job, and the rank should end at once.
func (p *PMI) Lost() <-chan struct{} { return p.lost }

// Put stores value under key; all ranks see it after Commit.
func (p *PMI) Put(ctx context.Context, key, value string) error {
	if err := checkPair(key, value); err != nil {
		return err
	}
	if len(key) > p.max.key || len(value) > p.max.value {
		return fmt.Errorf("pmi: put %s: key of %d and value of %d bytes; the launcher takes at most %d and %d",
			key, len(key), len(value), p.max.key, p.max.value)
	}
	_, err := p.request(ctx, pmiwire.Put(p.kvs, key, value))
	return inPut(err, key)
}

func inPut(err error, key string) error {
	if err != nil {
		return fmt.Errorf("%w (key %s)", err, key)
	}
	return nil
}

// Commit is the launcher's barrier.
func (p *PMI) Commit(ctx context.Context) error {
	_, err := p.request(ctx, pmiwire.BarrierIn())
	return err
}

// Get returns the value of a key that was put before the barrier. It does not
// wait: what is not there then, never comes.
func (p *PMI) Get(ctx context.Context, key string) (string, error) {
	if err := pmiwire.CheckKey(key); err != nil {
		return "", err
	}
	r, err := p.request(ctx, pmiwire.Get(p.kvs, key))
	if err != nil {
		return "", fmt.Errorf("%w (key %s)", err, key)
	}
	value, ok := r.Get("value")
	if found, said := r.Get("found"); !ok || said && found != "TRUE" {
		return "", fmt.Errorf("pmi: the launcher does not know key %s: the rank that should have put it runs something else?", key)
	}
	return value, nil
}

// Abort asks the launcher to end the whole job with this exit status. It may be
// called while a request waits.
func (p *PMI) Abort(exitcode int, text string) error {
	line, err := pmiwire.Abort(exitcode, text).Format()
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.aborted {
		return nil
	}
	p.aborted = true
	return p.write(line, time.Now().Add(time.Second))
}

// Close ends the use of the launcher: it says finalize, unless a request was
// given up half-way, and waits a bounded time for the reply.
func (p *PMI) Close() error {
	var err error
	p.mu.Lock()
	usable := p.broken == nil && !p.aborted && !p.leaving
	p.leaving = true
	p.mu.Unlock()
	select {
	case <-p.ended:
		usable = false
	default:
	}
	if usable {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		_, err = p.request(ctx, pmiwire.Finalize())
		cancel()
		if errors.Is(err, ErrLauncherLost) {
			err = nil // some servers close instead of replying
		}
	}
	return errors.Join(err, p.end())
}

func (p *PMI) end() error {
	var err error
	p.once.Do(func() {
		p.mu.Lock()
		p.leaving = true
		p.mu.Unlock()
		close(p.stop)
		err = p.conn.Close()
	})
	p.wg.Wait()
	return err
}

// read takes lines off the connection until it ends, so that the end is noticed
// also when nothing is asked.
func (p *PMI) read() {
	defer p.wg.Done()
	defer close(p.ended)
	r := bufio.NewReaderSize(p.conn, pmiwire.MaxLine+1)
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			if err == bufio.ErrBufferFull {
				p.why = fmt.Errorf("pmi: the launcher sent a line longer than %d bytes", pmiwire.MaxLine)
			} else {
				p.why = fmt.Errorf("pmi: %w", ErrLauncherLost)
			}
			p.mu.Lock()
			if !p.leaving {
				close(p.lost)
			}
			p.mu.Unlock()
			return
		}
		select {
		case p.lines <- string(line):
		case <-p.stop:
			return
		}
	}
}

// write sends one line with one write.
func (p *PMI) write(line string, deadline time.Time) error {
	if c, ok := p.conn.(interface{ SetWriteDeadline(time.Time) error }); ok {
		if err := c.SetWriteDeadline(deadline); err != nil {
			return err
		}
	}
	_, err := io.WriteString(p.conn, line)
	return err
}

// request sends m and returns its reply, which it has checked for failure.
func (p *PMI) request(ctx context.Context, m pmiwire.Message) (pmiwire.Message, error) {
	line, err := m.Format()
	if err != nil {
		return pmiwire.Message{}, err
	}
	if len(line) > pmiwire.MaxRequest {
		return pmiwire.Message{}, fmt.Errorf("pmi: %s of %d bytes; launchers take at most %d", m.Cmd, len(line), pmiwire.MaxRequest)
	}
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return pmiwire.Message{}, fmt.Errorf("pmi: %s: another request is under way: %w", m.Cmd, context.Cause(ctx))
	}
	if err := p.send(ctx, line); err != nil {
		return pmiwire.Message{}, fmt.Errorf("pmi: %s: %w", m.Cmd, err)
	}
	return p.reply(ctx, m.Cmd)
}

func (p *PMI) send(ctx context.Context, line string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.broken != nil {
		return p.broken
	}
	deadline, _ := ctx.Deadline()
	if err := p.write(line, deadline); err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			p.broken = fmt.Errorf("the launcher takes no request: %w", err)
		} else {
			p.broken = fmt.Errorf("%w: %w", ErrLauncherLost, err)
		}
		return p.broken
	}
	return nil
}

func (p *PMI) reply(ctx context.Context, cmd string) (pmiwire.Message, error) {
	line, err := p.line(ctx, cmd)
	if err != nil {
		return pmiwire.Message{}, err
	}
	r, err := pmiwire.Parse(line)
	if err != nil {
		return r, fmt.Errorf("in the reply to %s: %w", cmd, err)
	}
	if want := pmiwire.ReplyTo(cmd); r.Cmd != want {
		return r, fmt.Errorf("pmi: %s was answered with %.32q instead of %s", cmd, r.Cmd, want)
	}
	if rc, ok := r.Get("rc"); ok && rc != "0" {
		msg, _ := r.Get("msg")
		return r, &PMIRefused{Cmd: cmd, RC: rc, Msg: msg}
	}
	return r, nil
}

// line waits for the next line. Giving up leaves a reply outstanding that
// nobody can tell from the next one, so it ends the use of the connection.
func (p *PMI) line(ctx context.Context, cmd string) (string, error) {
	select {
	case line := <-p.lines:
		return line, nil
	case <-p.ended:
		if p.why != nil {
			return "", fmt.Errorf("%w (while waiting for the reply to %s)", p.why, cmd)
		}
		return "", fmt.Errorf("pmi: %s: the store is closed", cmd)
	case <-p.stop:
		return "", fmt.Errorf("pmi: %s: the store is closed", cmd)
	case <-ctx.Done():
	}
	err := fmt.Errorf("pmi: no reply to %s: %w", cmd, context.Cause(ctx))
	p.mu.Lock()
	p.broken = err
	p.mu.Unlock()
	return "", err
}

func checkPair(key, value string) error {
	if err := pmiwire.CheckKey(key); err != nil {
		return err
	}
	return pmiwire.CheckValue(value)
}
