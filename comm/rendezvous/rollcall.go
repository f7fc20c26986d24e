package rendezvous

import (
	"context"
	"encoding/binary"
	"time"
)

// A roll call finds out, while the world runs, which ranks still answer: rank 0
// asks, the question goes down the control tree, and every answer goes up by itself,
// so that a rank that is stopped hides only those below it.
//
//	ask     down: number of the call
//	answer  up: number of the call, rank, what it does, for how many ms

// maxSince bounds the time of an answer, in ms: 12 days.
const maxSince = 1 << 30

// Answer is what a rank said when rank 0 asked.
type Answer struct {
	Rank  int
	Doing byte // a word of the program's, see OnAsk
	For   time.Duration
}

// Roll is the outcome of a roll call.
type Roll struct {
	Answers []Answer // in the order in which they came
	// Silent are the ranks that did not answer, but those behind another of them:
	// they could not be asked. Ascending.
	Silent []int
	Behind int
}

// rollCall is one that is under way, at rank 0.
type rollCall struct {
	number uint64
	roll   Roll
	heard  []bool
	done   chan struct{} // closed when all have answered
}

// OnAsk sets what this rank answers to a roll call: f is called then, must return
// at once and must not call Control's methods. Without it the answer is 0, for 0 s.
func (c *Control) OnAsk(f func() (doing byte, since time.Duration)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.onAsk = f
}

// RollCall asks all other ranks what they do, and returns when all have answered or
// ctx ends. Rank 0 alone may call it, one call at a time, once the world has started.
func (c *Control) RollCall(ctx context.Context) Roll {
	c.mu.Lock()
	c.calls++
	call := &rollCall{number: c.calls, heard: make([]bool, c.tree.size), done: make(chan struct{})}
	call.heard[0] = true
	c.call = call
	if c.tree.size == 1 {
		close(call.done)
	}
	frame := newFrame(kindAsk, binary.AppendUvarint(nil, call.number))
	if !c.closed {
		for _, l := range c.children {
			l.send(frame, &c.wg)
		}
	}
	c.mu.Unlock()
	select {
	case <-call.done:
	case <-c.failed:
	case <-ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.call = nil
	for r, heard := range call.heard {
		switch {
		case heard:
		case call.heard[c.tree.parent(r)]:
			call.roll.Silent = append(call.roll.Silent, r)
		default:
			call.roll.Behind++
		}
	}
	return call.roll
}

// asked answers a roll call, and passes it on. c.mu is held.
func (c *Control) asked(body []byte) error {
	d := decoder{rest: body}
	number := d.uint()
	if err := d.end(); err != nil {
		return err
	}
	frame := newFrame(kindAsk, body)
	for _, l := range c.children {
		l.send(frame, &c.wg)
	}
	var doing byte
	var since time.Duration
	if c.onAsk != nil {
		doing, since = c.onAsk()
	}
	answer := binary.AppendUvarint(nil, number)
	answer = binary.AppendUvarint(answer, uint64(c.rank))
	answer = binary.AppendUvarint(answer, uint64(doing))
	answer = binary.AppendUvarint(answer, uint64(min(max(since.Milliseconds(), 0), maxSince-1)))
	c.parent.send(newFrame(kindAnswer, answer), &c.wg)
	return nil
}

// answered takes an answer that came from below. c.mu is held.
func (c *Control) answered(from *link, body []byte) error {
	d := decoder{rest: body}
	number := d.uint()
	a := Answer{Rank: d.below("rank", c.tree.size), Doing: byte(d.below("word", 1<<8))}
	a.For = time.Duration(d.below("time", maxSince)) * time.Millisecond
	if err := d.end(); err != nil {
		return err
	}
	if !c.tree.under(a.Rank, from.rank) {
		d.fail("it answered for rank %d, which is not below it", a.Rank)
		return d.err
	}
	call := c.call
	switch {
	case c.rank > 0:
		c.parent.send(newFrame(kindAnswer, body), &c.wg)
	case call != nil && call.number == number && !call.heard[a.Rank]: // else it is late
		call.heard[a.Rank] = true
		if call.roll.Answers = append(call.roll.Answers, a); len(call.roll.Answers) == c.tree.size-1 {
			close(call.done)
		}
	}
	return nil
}
