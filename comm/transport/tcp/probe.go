package tcp

import (
	"context"
	"errors"
	"net/netip"
)

// Probe tells whether addr leads to rank to of this job: nil, or why not, in a
// few words (another program answers there, nothing listens, a firewall). It
// leaves no connection.
func (e *Endpoint) Probe(ctx context.Context, to int, addr netip.AddrPort) error {
	c, err := e.dial(ctx, to, []netip.AddrPort{addr}, KindProbe)
	if err == nil {
		return c.Close()
	}
	var dial *DialError
	if errors.As(err, &dial) && len(dial.Attempts) > 0 {
		return errors.New(explain(dial.Attempts[0].Err))
	}
	return err
}
