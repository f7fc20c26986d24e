package tcp

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Identity is who this process is. All but Rank is equal for all ranks of a job.
type Identity struct {
	Job        [16]byte
	Secret     Secret
	Rank, Size int
	// Build names the program's build, at most 256 bytes. All ranks must run
	// the same.
	Build string
}

// ListenConfig says where an Endpoint listens. The zero value is any free port
// of all interfaces, IPv4 and IPv6.
type ListenConfig struct {
	// Addrs are the addresses to bind, all with one port. Nil binds all.
	Addrs []netip.Addr
	// PortMin and PortMax bound the port, both included. Zero is any.
	PortMin, PortMax int
	// Logf is told of strangers. Nil drops it.
	Logf func(format string, args ...any)
	// HelloTimeout bounds how long a stranger may take for its hello, and how
	// long a dial without a deadline of its own waits for one. Zero is 10 s.
	HelloTimeout time.Duration
	// MaxUnproven bounds the connections that have not proved themselves yet.
	// Zero is 256.
	MaxUnproven int
}

const (
	defaultHelloTimeout = 10 * time.Second
	defaultMaxUnproven  = 256
)

// Endpoint is a process's one listening port. It proves who it is to whom it
// dials and who dials it, and hands proven connections on: control links to the
// rendezvous, data connections to the Transport. All methods may be called from
// several goroutines at once.
//
// Lock order: mu is taken after any lock of a Transport and never held across
// one.
type Endpoint struct {
	cfg       ListenConfig
	listeners []*net.TCPListener
	addrs     []netip.AddrPort
	// instance tells this process from another that claims the same rank.
	instance [16]byte
	gate     *gate

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	tasks  sync.WaitGroup // accept loops and hellos

	mu      sync.Mutex
	closed  bool
	started bool
	id      Identity
	control func(from int, c net.Conn, hello Hello)
	refused func(from int, err error)
	known   map[int][16]byte // the instance that first proved each rank
	sink    sink             // where data connections go, nil before New
	early   map[int]*net.TCPConn
	logged  int
}

// sink takes data connections. admit decides before the status is sent; install
// follows every admit that said statusOK, even if the connection has failed
// meanwhile.
type sink interface {
	admit(from int) (status byte, reason string)
	install(from int, c *net.TCPConn)
}

// Listen binds the endpoint. The kernel queues connections from here on; they
// are answered once Start has told the identity.
func Listen(cfg ListenConfig) (*Endpoint, error) {
	if cfg.HelloTimeout == 0 {
		cfg.HelloTimeout = defaultHelloTimeout
	}
	if cfg.MaxUnproven == 0 {
		cfg.MaxUnproven = defaultMaxUnproven
	}
	if cfg.Logf == nil {
		cfg.Logf = func(string, ...any) {}
	}
	e := &Endpoint{
		cfg:   cfg,
		gate:  newGate(cfg.MaxUnproven),
		known: make(map[int][16]byte),
		early: make(map[int]*net.TCPConn),
	}
	if _, err := rand.Read(e.instance[:]); err != nil {
		return nil, fmt.Errorf("tcp: listen: %w", err)
	}
	var err error
	if e.listeners, err = bind(cfg); err != nil {
		return nil, err
	}
	if e.addrs, err = published(cfg, e.listeners); err != nil {
		closeAll(e.listeners)
		return nil, err
	}
	e.ctx, e.cancel = context.WithCancel(context.Background())
	return e, nil
}

// Addrs returns the addresses that others may reach this endpoint by, best
// first. The caller may keep and change the slice.
func (e *Endpoint) Addrs() []netip.AddrPort {
	return append([]netip.AddrPort(nil), e.addrs...)
}

// OnRefuse sets what is called when a proven rank of this job was refused: a
// *BuildError, a *DuplicateRankError or a *RefusedError. That is a fault of the
// job, unlike a stranger, who is only logged. To be called before Start; f must
// return soon.
func (e *Endpoint) OnRefuse(f func(from int, err error)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.refused = f
}

// Start tells the endpoint who it is and begins to answer. control, which may be
// nil, takes over each proven connection of KindControl; it is called on the
// connection's own goroutine, which Close waits for. A second Start does nothing.
func (e *Endpoint) Start(id Identity, control func(from int, c net.Conn, hello Hello)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.started || e.closed {
		return
	}
	id.Build = id.Build[:min(len(id.Build), maxBuild)]
	e.started, e.id, e.control = true, id, control
	for _, l := range e.listeners {
		e.tasks.Add(1)
		go func() {
			defer e.tasks.Done()
			e.serve(l)
		}()
	}
}

// Close stops listening, ends hellos and dials under way, and waits for them.
// Connections that were handed on are not touched.
func (e *Endpoint) Close() error {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		e.tasks.Wait()
		return nil
	}
	e.closed = true
	early := e.early
	e.early = nil
	e.mu.Unlock()

	e.cancel()
	closeAll(e.listeners)
	e.gate.closeAll()
	for _, c := range early {
		c.Close()
	}
	e.tasks.Wait()
	return nil
}

// begin adds a task that Close waits for, unless Close has been called.
func (e *Endpoint) begin() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.closed:
		return ErrEndpointClosed
	case !e.started:
		return errNotStarted
	}
	e.tasks.Add(1)
	return nil
}

// recognise remembers the first process that proved a rank, and reports whether
// this is the same one.
func (e *Endpoint) recognise(rank int, instance [16]byte) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if rank == e.id.Rank {
		return instance == e.instance
	}
	first, ok := e.known[rank]
	if !ok {
		e.known[rank] = instance
		return true
	}
	return first == instance
}

// mine is this process's half of a hello.
func (e *Endpoint) mine(kind Kind, to int) (*hello, error) {
	h := &hello{
		Hello:    Hello{Build: e.id.Build, Kind: kind, From: e.id.Rank, To: to, Size: e.id.Size},
		proto:    protocolVersion,
		order:    hostOrder(),
		job:      e.id.Job,
		instance: e.instance,
	}
	return h, h.fresh()
}

// maxLogged bounds the lines about strangers: a port scan must not fill a disk.
const maxLogged = 20

func (e *Endpoint) logf(format string, args ...any) {
	e.mu.Lock()
	e.logged++
	n := e.logged
	e.mu.Unlock()
	switch {
	case n < maxLogged:
		e.cfg.Logf(format, args...)
	case n == maxLogged:
		e.cfg.Logf(format+" (further strangers are not reported)", args...)
	}
}
