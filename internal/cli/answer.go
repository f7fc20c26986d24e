package cli

import (
	"fmt"
	"io"
)

// answer is the standard output of commands that only answer, such as help. It
// remembers what went wrong, because cli's own templates do not tell.
type answer struct {
	w   io.Writer
	err error // the first one
}

func (a *answer) Write(p []byte) (int, error) {
	n, err := a.w.Write(p)
	if a.err == nil && err != nil {
		a.err = fmt.Errorf("cannot write the answer: %w", err)
	}
	return n, err
}
