package launch

import "runtime"

// forker starts processes from one thread that lives until it is closed:
// Pdeathsig fires when the thread that forked ends, not the process.
type forker struct {
	work chan func()
	done chan struct{}
}

func newForker() *forker {
	f := &forker{work: make(chan func()), done: make(chan struct{})}
	go func() {
		defer close(f.done)
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		for w := range f.work {
			w()
		}
	}()
	return f
}

// do runs fork on the thread, and waits for it.
func (f *forker) do(fork func()) {
	ran := make(chan struct{})
	f.work <- func() { defer close(ran); fork() }
	<-ran
}

// close ends the thread. What was started with Pdeathsig must be gone by then.
func (f *forker) close() {
	close(f.work)
	<-f.done
}
