package rendezvous

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"numcomp/internal/pmiwire"
)

// HeadConfig is what a rank that is started by hand knows.
type HeadConfig struct {
	// Addr is HOST:PORT, where rank 0 listens.
	Addr string
	Key  HeadKey
	// Rank and Size are this rank's place.
	Rank, Size int
	Self       Self
	// Waiting is told what this rank waits for, after WaitingAfter (zero is
	// 5 s) and at each doubling. It may be nil. Rank 0 does not use it: see
	// Options.Waiting.
	Waiting      func(string)
	WaitingAfter time.Duration
	// Logf is told, at rank 0, who was refused. It may be nil.
	Logf func(string, ...any)
}

func (c HeadConfig) claim() claim {
	return claim{c.Rank, c.Size, c.Self.PID, c.Self.Host, c.Self.Build}
}

// OpenHead opens the Store of ranks that are started by hand: rank 0 listens at
// cfg.Addr and nowhere else, the others dial it until it is there or ctx ends.
func OpenHead(ctx context.Context, cfg HeadConfig) (Store, error) {
	if cfg.Size < 1 || cfg.Rank < 0 || cfg.Rank >= cfg.Size {
		return nil, fmt.Errorf("--rank %d is outside a world of %d ranks", cfg.Rank, cfg.Size)
	}
	host, port, err := net.SplitHostPort(cfg.Addr)
	if err != nil || host == "" {
		return nil, fmt.Errorf("--head %s: want HOST:PORT", cfg.Addr)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return nil, fmt.Errorf("--head %s: port %q is not a number up to 65535", cfg.Addr, port)
	}
	if cfg.Logf == nil {
		cfg.Logf = func(string, ...any) {}
	}
	if cfg.WaitingAfter <= 0 {
		cfg.WaitingAfter = defaultWaitingAfter
	}
	if cfg.Rank == 0 {
		return listenHead(ctx, cfg, host, port)
	}
	return dialHead(ctx, cfg)
}

const (
	// headSilence bounds how long a connection may take to prove itself.
	headSilence = 10 * time.Second
	// headUnproven bounds the connections that have not: the oldest makes room.
	headUnproven = 256
	// headPoll is how long rank 0 holds back the answer that a key is not there
	// yet. A dead rank is noticed as often.
	headPoll = time.Second
	// headWrite bounds the writing of a record.
	headWrite = 10 * time.Second
	// headLinger bounds how long Close waits, after Fail, for ranks to hear why.
	headLinger = time.Second
)

// headServer is rank 0's end: the values, and who claimed which rank.
type headServer struct {
	cfg       HeadConfig
	listeners []*net.TCPListener
	life      context.Context // ends with Close
	end       context.CancelFunc
	wg        sync.WaitGroup

	mu       sync.Mutex
	closed   bool // Close was called
	gone     bool // and has closed all connections
	failure  string
	values   map[string]string
	changed  chan struct{} // closed and renewed when values or failure change
	claims   map[int]claim
	conns    map[net.Conn]struct{} // proven
	unproven *list.List            // of net.Conn, oldest first
}

func listenHead(ctx context.Context, cfg HeadConfig, host, port string) (*headServer, error) {
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, fmt.Errorf("--head %s: cannot find the address of %s: %w", cfg.Addr, host, err)
	}
	s := &headServer{cfg: cfg, values: map[string]string{}, changed: make(chan struct{}),
		claims: map[int]claim{0: cfg.claim()}, conns: map[net.Conn]struct{}{}, unproven: list.New()}
	s.life, s.end = context.WithCancel(context.Background())
	if err := s.listen(addrs, host, port); err != nil {
		s.end()
		for _, l := range s.listeners {
			l.Close()
		}
		return nil, err
	}
	for _, l := range s.listeners {
		s.wg.Go(func() { s.accept(l) })
	}
	return s, nil
}

// listen binds those of the host's addresses that are this machine's.
func (s *headServer) listen(addrs []netip.Addr, host, port string) error {
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return fmt.Errorf("--head %s: %w", s.cfg.Addr, err)
	}
	far := true
	for _, a := range addrs {
		a = a.Unmap()
		l, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(netip.AddrPortFrom(a, uint16(n))))
		switch {
		case errors.Is(err, syscall.EADDRNOTAVAIL), errors.Is(err, syscall.EAFNOSUPPORT):
			continue
		case errors.Is(err, syscall.EADDRINUSE):
			return fmt.Errorf("--head %s: rank 0 cannot listen there: the port is in use; is another rank 0 running, or another program? choose another port for all ranks", s.cfg.Addr)
		case err != nil:
			return fmt.Errorf("--head %s: rank 0 cannot listen there: %w", s.cfg.Addr, err)
		}
		s.listeners = append(s.listeners, l)
		n = uint64(l.Addr().(*net.TCPAddr).Port)
		far = far && a.IsLoopback()
	}
	if len(s.listeners) == 0 {
		is := host + " is " + joinIPs(addrs) + ", which"
		if _, err := netip.ParseAddr(host); err == nil {
			is = host
		}
		return fmt.Errorf("--head %s: %s is no address of this machine: start rank 0 there, or name this machine", s.cfg.Addr, is)
	}
	if _, err := netip.ParseAddr(host); far && err != nil && host != "localhost" {
		s.cfg.Logf("--head %s: on this machine %s means loopback only, so ranks on other machines cannot reach rank 0: give an IP address instead", s.cfg.Addr, host)
	}
	return nil
}

func joinIPs(addrs []netip.Addr) string {
	var s []string
	for _, a := range addrs {
		s = append(s, a.Unmap().String())
	}
	return strings.Join(s, ", ")
}

// addr is where it listens.
func (s *headServer) addr() string { return s.listeners[0].Addr().String() }

// Put stores value under key.
func (s *headServer) Put(_ context.Context, key, value string) error {
	if err := checkPair(key, value); err != nil {
		return err
	}
	return s.put(key, value)
}

func (s *headServer) put(key, value string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.values[key]; ok {
		return twice(key)
	}
	s.values[key] = value
	s.announce()
	return nil
}

// announce wakes all that wait. s.mu is held.
func (s *headServer) announce() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// Commit does nothing: a value is visible as soon as it is put.
func (s *headServer) Commit(context.Context) error { return nil }

// Get waits until key is there.
func (s *headServer) Get(ctx context.Context, key string) (string, error) {
	value, ok, failure := s.get(ctx, key)
	switch {
	case failure != "":
		return "", &StartError{Text: failure}
	case !ok:
		return "", fmt.Errorf("--head %s: %s was not published: %w", s.cfg.Addr, key, context.Cause(ctx))
	}
	return value, nil
}

func (s *headServer) get(ctx context.Context, key string) (value string, ok bool, failure string) {
	for {
		s.mu.Lock()
		value, ok = s.values[key]
		failure = s.failure
		if s.closed && failure == "" {
			failure = "rank 0 has ended"
		}
		changed := s.changed
		s.mu.Unlock()
		if ok || failure != "" {
			return value, ok, failure
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return "", false, ""
		}
	}
}

// Seen tells whether rank has proved the key and claimed its place.
func (s *headServer) Seen(rank int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.claims[rank]
	return ok
}

// Fail tells the ranks that still ask why there will be no start.
func (s *headServer) Fail(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failure == "" {
		s.failure = text
		s.announce()
	}
}

// Close stops listening and ends all connections.
func (s *headServer) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		s.wg.Wait()
		return nil
	}
	s.closed = true
	s.end()
	for _, l := range s.listeners {
		l.Close()
	}
	for e := s.unproven.Front(); e != nil; e = e.Next() {
		e.Value.(net.Conn).Close()
	}
	linger := s.failure != ""
	s.announce()
	s.mu.Unlock()

	ended := make(chan struct{})
	go func() { defer close(ended); s.wg.Wait() }()
	if linger {
		t := time.NewTimer(headLinger)
		select {
		case <-ended:
		case <-t.C:
		}
		t.Stop()
	}
	s.mu.Lock()
	s.gone = true
	for c := range s.conns {
		c.Close()
	}
	s.mu.Unlock()
	<-ended
	return nil
}

func (s *headServer) accept(l *net.TCPListener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			// Too many open files, most likely: the connection stays queued.
			if pause(s.life, 100*time.Millisecond) != nil {
				return
			}
			continue
		}
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			conn.Close()
			return
		}
		if s.unproven.Len() >= headUnproven {
			s.unproven.Remove(s.unproven.Front()).(net.Conn).Close()
		}
		place := s.unproven.PushBack(conn)
		s.wg.Go(func() { s.serve(conn, place) })
		s.mu.Unlock()
	}
}

// serve speaks with one rank, or one stranger.
func (s *headServer) serve(conn net.Conn, place *list.Element) {
	defer conn.Close()
	c, from, err := s.admit(conn)
	if open := s.prove(conn, place, err == nil); err == nil && !open {
		return
	}
	if err != nil {
		s.complain(conn, err)
		return
	}
	bye := s.welcome(c) == nil && s.requests(c)
	s.mu.Lock()
	delete(s.conns, conn)
	if !bye {
		// It ended before it had what it needs: it may be started anew.
		delete(s.claims, from.rank)
	}
	s.mu.Unlock()
}

// prove takes conn from those that have not proved themselves, to those that
// have if ok. It returns false if all of these have been closed.
func (s *headServer) prove(conn net.Conn, place *list.Element, ok bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unproven.Remove(place)
	if ok && !s.gone {
		s.conns[conn] = struct{}{}
	}
	return !s.gone
}

// welcome grants the claim, and lifts the deadline: a rank may take its time
// between requests.
func (s *headServer) welcome(c *headConn) error {
	if err := c.send(recordOK, ""); err != nil {
		return err
	}
	return c.SetDeadline(time.Time{})
}

// complain logs what a stranger did, except that it only looked.
func (s *headServer) complain(conn net.Conn, err error) {
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed), errors.Is(err, syscall.ECONNRESET):
		return
	case errors.Is(err, os.ErrDeadlineExceeded):
		err = fmt.Errorf("it said nothing for %v", headSilence)
	}
	s.cfg.Logf("--head %s: refused %v: %v; the start goes on", s.cfg.Addr, conn.RemoteAddr(), err)
}

// admit takes a rank's proof and claim. A rank that is not let in is told why.
func (s *headServer) admit(conn net.Conn) (*headConn, claim, error) {
	if err := conn.SetDeadline(time.Now().Add(headSilence)); err != nil {
		return nil, claim{}, err
	}
	c, err := answerHead(conn, &s.cfg.Key)
	if err != nil {
		return nil, claim{}, err
	}
	what, d, err := c.receive()
	if errors.Is(err, errWrongKey) {
		return nil, claim{}, errors.New("its key is not rank 0's")
	}
	if err != nil {
		return nil, claim{}, err
	}
	from, err := decodeClaim(d)
	if what != recordClaim || err != nil {
		return nil, claim{}, fmt.Errorf("its first record is no claim: %w", err)
	}
	if err := s.take(from); err != nil {
		return nil, claim{}, errors.Join(err, c.send(recordRefused, err.Error()))
	}
	return c, from, nil
}

// take enters a claim, or says why not.
func (s *headServer) take(from claim) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	me := s.claims[0]
	other, claimed := s.claims[from.rank]
	switch {
	case from.size != me.size:
		return fmt.Errorf("%v was started for a world of %d ranks, but %v for one of %d: give all ranks the same --world-size", from, from.size, me, me.size)
	case from.rank >= me.size:
		return fmt.Errorf("%v is outside the world of %d ranks", from, me.size)
	case from.build != me.build:
		return fmt.Errorf("%v runs build %q, but %v runs build %q: start the same program on every node", from, from.build, me, me.build)
	case claimed:
		return fmt.Errorf("two processes claim to be rank %d: pid %d on host %s came first, then pid %d on host %s: give each its own --rank",
			from.rank, other.pid, other.host, from.pid, from.host)
	}
	s.claims[from.rank] = from
	return nil
}

// requests answers a rank until it ends; bye tells whether it said so.
func (s *headServer) requests(c *headConn) (bye bool) {
	for {
		what, d, err := c.receive()
		if err != nil {
			return false
		}
		var key, value string
		switch what {
		case recordBye:
			return true
		case recordPut:
			key, value = d.string(), d.string()
		case recordGet:
			key = d.string()
		default:
			return false
		}
		if d.end() != nil || pmiwire.CheckKey(key) != nil || pmiwire.CheckValue(value) != nil {
			return false
		}
		if err := s.answer(c, what, key, value); err != nil {
			return false
		}
	}
}

func (s *headServer) answer(c *headConn, what byte, key, value string) error {
	reply, text := byte(recordOK), ""
	if what == recordPut {
		if err := s.put(key, value); err != nil {
			reply, text = recordRefused, err.Error()
		}
	} else {
		ctx, cancel := context.WithTimeout(context.Background(), headPoll)
		v, ok, failure := s.get(ctx, key)
		cancel()
		switch {
		case failure != "":
			reply, text = recordFailed, failure
		case ok:
			text = v
		default:
			reply = recordNotYet
		}
	}
	if err := c.SetWriteDeadline(time.Now().Add(headWrite)); err != nil {
		return err
	}
	return c.send(reply, text[:min(len(text), maxRecord/2)])
}
