package mem

// request is one operation under way. n and err are written once, before done
// is closed.
type request struct {
	done chan struct{}
	n    int
	err  error
}

func (r *request) N() int { return r.n }

// end completes r.
func (r *request) end(n int, err error) {
	r.n, r.err = n, err
	close(r.done)
}

// finished returns a request that has ended with n bytes.
func (w *world) finished(n int) *request { return &request{done: w.ended, n: n} }

// failed returns a request that has ended with err.
func (w *world) failed(err error) *request { return &request{done: w.ended, err: err} }

// pending returns a request under way.
func pending() *request { return &request{done: make(chan struct{})} }
