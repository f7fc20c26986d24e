package wrap

import (
	"time"

	"numcomp/comm/transport"
)

// delayed is a transport whose sends start late.
type delayed struct {
	inner
	by func(to int, tag transport.Tag, nbytes int) time.Duration
}

// Delay decorates t so that Isend holds its caller up for the time that by
// gives, before the message starts. Messages keep their order. by may be called
// from several goroutines at once.
func Delay(t transport.Transport, by func(to int, tag transport.Tag, nbytes int) time.Duration) transport.Transport {
	return &delayed{inner: inner{t}, by: by}
}

func (t *delayed) Isend(to int, tag transport.Tag, p []byte) transport.Request {
	if d := t.by(to, tag, len(p)); d > 0 {
		time.Sleep(d) // the delay itself, not a way to wait for anything
	}
	return t.inner.Isend(to, tag, p)
}
