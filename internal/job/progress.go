package job

import "sync"

// progress counts the items of an iteration that are done, for rank 0's caller.
// A nil *progress counts nothing.
type progress struct {
	call  func(iteration, done, total int)
	total int

	mu              sync.Mutex
	iteration, done int
}

func newProgress(call func(iteration, done, total int), total int) *progress {
	if call == nil {
		return nil
	}
	return &progress{call: call, total: total}
}

// begin starts an iteration.
func (p *progress) begin(iteration int) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.iteration, p.done = iteration, 0
	p.call(iteration, 0, p.total)
}

// add tells that n more items are done.
func (p *progress) add(n int) {
	if p == nil || n == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += n
	p.call(p.iteration, p.done, p.total)
}
