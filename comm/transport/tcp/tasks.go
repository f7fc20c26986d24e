package tcp

import "sync"

// tasks are a transport's goroutines, and the callers that do their work.
type tasks struct {
	mu     sync.Mutex
	n      int
	closed bool
	idle   chan struct{} // closed by the last task after close
}

// run starts f. After close it does so only while another task runs: such a
// task may need helpers to end.
func (s *tasks) run(f func()) bool {
	if !s.begin() {
		return false
	}
	go func() {
		defer s.done()
		f()
	}()
	return true
}

// begin counts the caller as a task, until it calls done, as run would.
func (s *tasks) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed && s.n == 0 {
		return false
	}
	s.n++
	return true
}

func (s *tasks) done() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n--
	if s.n == 0 && s.idle != nil {
		close(s.idle)
		s.idle = nil
	}
}

// close ends the starting of new tasks and waits for those there are.
func (s *tasks) close() {
	s.mu.Lock()
	s.closed = true
	if s.n > 0 && s.idle == nil {
		s.idle = make(chan struct{})
	}
	idle := s.idle
	s.mu.Unlock()
	if idle != nil {
		<-idle
	}
}
