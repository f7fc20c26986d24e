//go:build mpi

package mpi

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"

	"numcomp/comm/transport"
)

// output collects what ranks write.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// order is what the suite has a rank do.
type order struct {
	ID   int
	Verb string // open send recv wait direct-send direct-recv cancel break close
	Peer int
	Tag  uint64
	Data []byte
	N    int
	Reqs []int
	Text string
}

// outcome answers an order. Those of wait have what came of its requests.
type outcome struct {
	ID     int
	Err    string // empty: none
	Is     []string
	Ns     []int
	Bufs   [][]byte // of receives
	Broken bool     // the error is the cause that this rank's Break was given
}

// sentinels are the errors that suites ask for.
var sentinels = map[string]error{
	"closed": transport.ErrClosed, "truncated": transport.ErrTruncated, "rank": transport.ErrRank,
	"cancelled": context.Canceled, "deadline": context.DeadlineExceeded,
}

// server does what orders say on one rank.
type server struct {
	sending sync.Mutex // of enc; not held for mu, lest both sides wait to write
	enc     *gob.Encoder
	dec     *gob.Decoder
	size    int
	mu      sync.Mutex // of failed and cancels

	tr      *Transport
	broken  error
	reqs    map[int]transport.Request
	bufs    map[int][]byte
	failed  [][]byte // buffers of receives that have failed, filled with 0xCC
	cancels map[int]context.CancelCauseFunc
	all     sync.WaitGroup
}

func (s *server) reply(o outcome, err error) {
	if err != nil {
		o.Err = err.Error()
		for name, is := range sentinels {
			if errors.Is(err, is) {
				o.Is = append(o.Is, name)
			}
		}
		o.Broken = s.broken != nil && errors.Is(err, s.broken)
	}
	s.sending.Lock()
	defer s.sending.Unlock()
	s.enc.Encode(o)
}

// run serves until the suite hangs up.
func (s *server) run() error {
	s.cancels = map[int]context.CancelCauseFunc{}
	defer s.all.Wait()
	for {
		var o order
		if s.dec.Decode(&o) != nil {
			return nil
		}
		switch o.Verb {
		case "open":
			s.all.Wait()
			tr, err := newSub(o.N, s.size)
			s.tr, s.broken, s.failed = tr, nil, nil
			s.reqs, s.bufs = map[int]transport.Request{}, map[int][]byte{}
			s.reply(outcome{ID: o.ID}, err)
		case "send":
			s.reqs[o.ID] = s.tr.Isend(o.Peer, transport.Tag(o.Tag), o.Data)
		case "recv":
			p := o.Data
			s.bufs[o.ID] = p
			s.reqs[o.ID] = s.tr.Irecv(o.Peer, transport.Tag(o.Tag), p[:o.N])
		case "wait":
			s.wait(o)
		case "direct-send", "direct-recv":
			s.direct(o)
		case "cancel":
			s.mu.Lock()
			cancel := s.cancels[o.ID]
			s.mu.Unlock()
			if cancel != nil {
				cancel(context.Canceled)
			}
		case "break":
			s.broken = errors.New(o.Text)
			s.tr.Break(s.broken)
			s.reply(outcome{ID: o.ID}, nil)
		case "close":
			s.all.Go(func() {
				err := s.tr.Close()
				s.mu.Lock()
				for _, p := range s.failed {
					if bytes.Count(p, []byte{0xCC}) != len(p) {
						err = errors.New("a buffer was written after Wait had returned")
					}
				}
				s.mu.Unlock()
				s.reply(outcome{ID: o.ID}, err)
			})
		}
	}
}

// cancellable is a context that the order cancel ends.
func (s *server) cancellable(id int) (context.Context, context.CancelCauseFunc) {
	ctx, cancel := context.WithCancelCause(context.Background())
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cancels[id] = cancel
	return ctx, cancel
}

// direct sends or receives without a request.
func (s *server) direct(o order) {
	ctx, cancel := s.cancellable(o.ID)
	s.all.Go(func() {
		defer cancel(nil)
		if o.Verb == "direct-send" {
			s.reply(outcome{ID: o.ID}, s.tr.Send(ctx, o.Peer, transport.Tag(o.Tag), o.Data))
			return
		}
		n, err := s.tr.Recv(ctx, o.Peer, transport.Tag(o.Tag), o.Data[:o.N])
		s.reply(outcome{ID: o.ID, Ns: []int{n}, Bufs: [][]byte{o.Data}}, err)
	})
}

func (s *server) wait(o order) {
	ctx, cancel := s.cancellable(o.ID)
	var reqs []transport.Request
	var bufs [][]byte
	for _, id := range o.Reqs {
		reqs = append(reqs, s.reqs[id])
		bufs = append(bufs, s.bufs[id])
	}
	s.all.Go(func() {
		defer cancel(nil)
		err := s.tr.Wait(ctx, reqs...)
		out := outcome{ID: o.ID}
		for i, r := range reqs {
			out.Ns = append(out.Ns, r.N())
			out.Bufs = append(out.Bufs, bytes.Clone(bufs[i]))
			if err != nil && bufs[i] != nil && !errors.Is(err, transport.ErrTruncated) {
				for k := range bufs[i] {
					bufs[i][k] = 0xCC
				}
				s.mu.Lock()
				s.failed = append(s.failed, bufs[i])
				s.mu.Unlock()
			}
		}
		s.reply(out, err)
	})
}

// rankConn is the suite's side of a rank.
type rankConn struct {
	conn net.Conn
	dec  *gob.Decoder
	read chan struct{} // closed when replies has ended

	sending sync.Mutex // of enc and next
	enc     *gob.Encoder
	next    int
	mu      sync.Mutex
	waiting map[int]chan outcome
}

func newRankConn(conn net.Conn) *rankConn {
	return &rankConn{conn: conn, dec: gob.NewDecoder(conn), enc: gob.NewEncoder(conn), read: make(chan struct{}), waiting: map[int]chan outcome{}}
}

// replies hands the outcomes to those that wait for them.
func (c *rankConn) replies() {
	defer close(c.read)
	for {
		var o outcome
		if c.dec.Decode(&o) != nil {
			return
		}
		c.mu.Lock()
		ch := c.waiting[o.ID]
		delete(c.waiting, o.ID)
		c.mu.Unlock()
		ch <- o
	}
}

// tell sends an order and returns its number and where its outcome will come.
func (c *rankConn) tell(o order) (int, <-chan outcome) {
	c.sending.Lock()
	defer c.sending.Unlock()
	if o.Verb != "cancel" {
		c.next++
		o.ID = c.next
	}
	ch := make(chan outcome, 1)
	if o.Verb != "cancel" && o.Verb != "send" && o.Verb != "recv" {
		c.mu.Lock()
		c.waiting[o.ID] = ch
		c.mu.Unlock()
	}
	c.enc.Encode(o)
	return o.ID, ch
}

// get is the outcome, or that the rank has gone.
func (c *rankConn) get(ch <-chan outcome) outcome {
	select {
	case o := <-ch:
		return o
	case <-c.read:
		return outcome{Err: "the rank's process has ended"}
	}
}

// remote is the transport of a rank in another process.
type remote struct {
	c          *rankConn
	rank, size int

	mu     sync.Mutex
	broken error // what Break was given first
}

type remoteRequest struct {
	id   int
	p    []byte
	recv bool
	n    int
}

func (r *remoteRequest) N() int { return r.n }

func (t *remote) Rank() int { return t.rank }
func (t *remote) Size() int { return t.size }

func (t *remote) Isend(to int, tag transport.Tag, p []byte) transport.Request {
	id, _ := t.c.tell(order{Verb: "send", Peer: to, Tag: uint64(tag), Data: p})
	return &remoteRequest{id: id}
}

func (t *remote) Irecv(from int, tag transport.Tag, p []byte) transport.Request {
	// The whole of the buffer's memory is there too, so that bytes past it count.
	id, _ := t.c.tell(order{Verb: "recv", Peer: from, Tag: uint64(tag), Data: p[:cap(p)], N: len(p)})
	return &remoteRequest{id: id, p: p, recv: true}
}

func (t *remote) Wait(ctx context.Context, reqs ...transport.Request) error {
	o := order{Verb: "wait"}
	for _, r := range reqs {
		o.Reqs = append(o.Reqs, r.(*remoteRequest).id)
	}
	out := t.await(ctx, o)
	for i, q := range reqs {
		if r := q.(*remoteRequest); i < len(out.Ns) {
			r.n = out.Ns[i]
			copy(r.p[:cap(r.p)], out.Bufs[i])
		}
	}
	return t.error(out)
}

// await has the rank do what ends when ctx does.
func (t *remote) await(ctx context.Context, o order) outcome {
	id, ch := t.c.tell(o)
	stop := context.AfterFunc(ctx, func() { t.c.tell(order{ID: id, Verb: "cancel"}) })
	defer stop()
	return t.c.get(ch)
}

func (t *remote) Send(ctx context.Context, to int, tag transport.Tag, p []byte) error {
	return t.error(t.await(ctx, order{Verb: "direct-send", Peer: to, Tag: uint64(tag), Data: p}))
}

func (t *remote) Recv(ctx context.Context, from int, tag transport.Tag, p []byte) (n int, err error) {
	out := t.await(ctx, order{Verb: "direct-recv", Peer: from, Tag: uint64(tag), Data: p[:cap(p)], N: len(p)})
	if len(out.Ns) == 1 {
		n = out.Ns[0]
		copy(p[:cap(p)], out.Bufs[0])
	}
	return n, t.error(out)
}

// error is the error that a rank has told.
func (t *remote) error(o outcome) error {
	if o.Err == "" {
		return nil
	}
	err := errors.New(strings.TrimSpace(o.Err))
	for _, name := range o.Is {
		err = fmt.Errorf("%w: %w", sentinels[name], err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if o.Broken && t.broken != nil {
		err = fmt.Errorf("%w: %w", t.broken, err)
	}
	return err
}

func (t *remote) Break(cause error) {
	t.mu.Lock()
	if t.broken == nil {
		t.broken = cause
	}
	first := t.broken
	t.mu.Unlock()
	if first != cause {
		return
	}
	_, ch := t.c.tell(order{Verb: "break", Text: cause.Error()})
	t.c.get(ch)
}

func (t *remote) Close() error {
	_, ch := t.c.tell(order{Verb: "close"})
	return t.error(t.c.get(ch))
}
