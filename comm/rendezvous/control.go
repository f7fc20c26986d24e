package rendezvous

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

const (
	// verdictWait is how long a rank that lost a data connection waits for the
	// tree to say who died, so that all ranks name the same one.
	verdictWait = time.Second
	// flushBound bounds how long Abort and Close wait for frames to go out.
	flushBound = 2 * time.Second
	// drainBound bounds how long Close, after a failure, reads on: to close a
	// connection with unread bytes throws away what is still to be sent.
	drainBound = 250 * time.Millisecond
)

// Control is this rank's place in the control tree. It stays open for the whole
// run: the end of a link without a goodbye is a rank's death, which every rank
// learns of. All methods may be called from several goroutines at once.
type Control struct {
	tree topology
	rank int
	logf func(string, ...any)

	wg      sync.WaitGroup // readers, writers and the timer of Lost
	started chan struct{}  // closed when the table has come
	failed  chan struct{}  // closed when failure is set
	bye     chan struct{}  // closed when all ranks have come to a clean end

	mu       sync.Mutex
	closed   bool
	parent   *link // nil at rank 0, and until it is dialled
	above    member
	children []*link

	known   map[int]member // this rank and those below it, until the table is here
	pending []member       // of known, not yet reported upward
	table   *Peers         // nil until it has come

	failure error // *RankError or *StartError
	notify  []func(error)
	lost    *time.Timer // of the first Lost

	onAsk func() (doing byte, since time.Duration)
	calls uint64    // roll calls so far
	call  *rollCall // under way

	leaving bool         // Leave was called
	left    map[int]bool // children that have, with all below them
	over    bool         // bye is closed
}

func newControl(tree topology, self member, logf func(string, ...any)) *Control {
	if logf == nil {
		logf = func(string, ...any) {}
	}
	return &Control{
		tree: tree, rank: self.rank, logf: logf,
		started: make(chan struct{}), failed: make(chan struct{}), bye: make(chan struct{}),
		known: map[int]member{self.rank: self}, pending: []member{self}, left: map[int]bool{},
	}
}

// OnFailure has f called once, with the error that ends the world: a
// *RankError that names the rank that died or gave up, the same at every rank.
// If that has happened already, f is called now. f must return soon and must not
// call Leave, Abort or Close.
func (c *Control) OnFailure(f func(error)) {
	c.mu.Lock()
	failure := c.failure
	if failure == nil {
		c.notify = append(c.notify, f)
	}
	c.mu.Unlock()
	if failure != nil {
		f(failure)
	}
}

// Lost says that a data connection to rank has ended. It returns at once: if the
// tree does not say within a second who died, this rank tells all others that
// rank did, with err as the cause. After Leave it does nothing: who has nothing
// more to receive does not mind.
func (c *Control) Lost(rank int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done() || c.leaving || c.lost != nil || rank < 0 || rank >= c.tree.size {
		return
	}
	c.wg.Add(1)
	c.lost = time.AfterFunc(verdictWait, func() {
		defer c.wg.Done()
		c.mu.Lock()
		v := c.verdict(rank, fmt.Errorf("its data connection to rank %d ended: %w", c.rank, closed(err)))
		c.mu.Unlock()
		c.fail(v, newFrame(kindVerdict, appendVerdict(nil, v)), nil)
	})
}

// Abort tells all ranks that this one gives up, and why. Every rank's OnFailure,
// this one's too, gets that as a *RankError. It waits, at most 2 s, until the
// neighbours have been told. When the world has ended already it does nothing.
func (c *Control) Abort(err error) {
	if err == nil {
		err = errors.New("no reason given")
	}
	c.mu.Lock()
	v := c.verdict(c.rank, abortError(err.Error()))
	c.mu.Unlock()
	c.fail(v, newFrame(kindVerdict, appendVerdict(nil, v)), nil)
	c.flush()
}

// Leave is this rank's clean end. It is collective: it returns when all ranks
// have called it, with the failure if one happened before, or with an error that
// names the ranks not heard of when ctx ends.
func (c *Control) Leave(ctx context.Context) error {
	c.mu.Lock()
	c.leaving = true
	c.checkLeave()
	c.mu.Unlock()
	select {
	case <-c.bye:
		c.flush()
		return nil
	case <-c.failed:
		return c.Failure()
	case <-ctx.Done():
		return fmt.Errorf("leave: %s: %w", c.notLeft(), context.Cause(ctx))
	}
}

func (c *Control) notLeft() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var ranks []int
	for _, l := range c.children {
		if l.joined && !c.left[l.rank] {
			ranks = append(ranks, l.rank)
		}
	}
	if len(ranks) == 0 {
		return "some rank elsewhere in the tree has not come to its end"
	}
	slices.Sort(ranks)
	return rankList(ranks) + " or ranks below have not come to their end"
}

// Failure is the error that ended the world, or nil.
func (c *Control) Failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failure
}

// Close ends this rank's links and waits for the goroutines. Without Leave
// before it, the other ranks take it for this rank's death.
func (c *Control) Close() {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		c.wg.Wait()
		return
	}
	c.closed = true
	if c.lost != nil && c.lost.Stop() {
		c.wg.Done()
	}
	links := c.links()
	drain := c.failure != nil && !c.over
	c.mu.Unlock()

	bound, cancel := context.WithTimeout(context.Background(), flushBound)
	defer cancel()
	for _, l := range links {
		l.flush(bound.Done())
		closeWrite(l.conn)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); c.wg.Wait() }()
	if drain {
		bound, cancel := context.WithTimeout(context.Background(), drainBound)
		select {
		case <-ended:
		case <-bound.Done():
		}
		cancel()
	}
	for _, l := range links {
		l.conn.Close()
	}
	<-ended
}

// flush waits, within a bound, for queued frames to go out.
func (c *Control) flush() {
	bound, cancel := context.WithTimeout(context.Background(), flushBound)
	defer cancel()
	c.mu.Lock()
	links := c.links()
	c.mu.Unlock()
	for _, l := range links {
		l.flush(bound.Done())
	}
}
