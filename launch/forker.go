package launch

import (
	"errors"
	"runtime"
)

// forker starts processes from one thread that lives until it is closed:
// Pdeathsig fires when the thread that forked ends, not the process.
type forker struct {
	work chan func()
	quit chan struct{} // closed by close
	done chan struct{}
}

// errEnding is the error of a start that comes when this process is ending.
var errEnding = errors.New("this process is ending")

func newForker() *forker {
	f := &forker{work: make(chan func()), quit: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(f.done)
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		for {
			select {
			case w := <-f.work:
				w()
			case <-f.quit:
				return
			}
		}
	}()
	return f
}

// do runs fork on the thread, and waits for it. After close it fails.
func (f *forker) do(fork func() error) (err error) {
	ran := make(chan struct{})
	select {
	case f.work <- func() { defer close(ran); err = fork() }:
		<-ran
		return err
	case <-f.quit:
		return errEnding
	}
}

// close ends the thread. What was started with Pdeathsig must be gone by then.
func (f *forker) close() {
	close(f.quit)
	<-f.done
}
