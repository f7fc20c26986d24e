package launch

import (
	"errors"
	"sync"
	"testing"
)

// TestForkerCloses: a start that comes while, or after, the forker closes is an
// error, and nothing else.
func TestForkerCloses(t *testing.T) {
	f := newForker()
	var all sync.WaitGroup
	first := make(chan struct{})
	var once sync.Once
	for range 4 {
		all.Go(func() {
			for {
				err := f.do(func() error { return nil })
				once.Do(func() { close(first) })
				if errors.Is(err, errEnding) {
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	<-first
	f.close()
	all.Wait()
}
