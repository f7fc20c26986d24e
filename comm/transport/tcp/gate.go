package tcp

import (
	"container/list"
	"context"
	"net"
	"sync"
	"time"
)

// gate bounds the connections that have not proved themselves. When it is full,
// the oldest one that had gateGrace and did not use it makes room: strangers who
// connect and say nothing delay honest ranks by little.
type gate struct {
	mu      sync.Mutex
	max     int
	inside  *list.List // of *visitor, oldest first
	changed chan struct{}
}

type visitor struct {
	conn  net.Conn
	since time.Time
}

const gateGrace = time.Second

func newGate(limit int) *gate {
	return &gate{max: limit, inside: list.New(), changed: make(chan struct{})}
}

// enter waits for room and returns what leave takes; nil if ctx ended first.
func (g *gate) enter(ctx context.Context, c net.Conn) *list.Element {
	for {
		g.mu.Lock()
		wait := time.Duration(0)
		if g.inside.Len() >= g.max {
			oldest := g.inside.Front()
			v := oldest.Value.(*visitor)
			if wait = gateGrace - time.Since(v.since); wait <= 0 {
				v.conn.Close()
				g.inside.Remove(oldest)
			}
		}
		if wait <= 0 {
			el := g.inside.PushBack(&visitor{c, time.Now()})
			g.mu.Unlock()
			return el
		}
		changed := g.changed
		g.mu.Unlock()

		timer := time.NewTimer(wait)
		select {
		case <-changed:
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil
		}
		timer.Stop()
	}
}

// leave makes room. It may be called more than once.
func (g *gate) leave(el *list.Element) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside.Remove(el)
	close(g.changed)
	g.changed = make(chan struct{})
}

// closeAll ends every hello under way.
func (g *gate) closeAll() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for el := g.inside.Front(); el != nil; el = el.Next() {
		el.Value.(*visitor).conn.Close()
	}
}
