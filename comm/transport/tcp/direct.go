package tcp

import (
	"context"

	"numcomp/comm/transport"
)

// Who calls these waits at once and so looks after the connection: no other
// goroutine is started that might have to, which would wake an idle thread, for
// each long message, on a CPU that is busy copying.

// Send implements transport.Direct.
func (t *Transport) Send(ctx context.Context, to int, tag transport.Tag, p []byte) error {
	return t.Wait(ctx, t.send(to, tag, p, true))
}

// Recv implements transport.Direct.
func (t *Transport) Recv(ctx context.Context, from int, tag transport.Tag, p []byte) (n int, err error) {
	r := t.receive(from, tag, p, true)
	if err := t.Wait(ctx, r); err != nil {
		return 0, err
	}
	return r.n, nil
}
