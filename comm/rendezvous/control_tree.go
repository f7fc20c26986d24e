package rendezvous

import (
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"numcomp/comm/transport/tcp"
)

// What links bring and how the tree acts on it. In this file c.mu is held unless
// a comment says otherwise.

// done tells that nothing can fail any more, or has failed already.
func (c *Control) done() bool { return c.closed || c.over || c.failure != nil }

func (c *Control) links() []*link {
	links := slices.Clone(c.children)
	if c.parent != nil {
		links = append(links, c.parent)
	}
	return links
}

// verdict is the error for a rank's end, with what is known of its process.
func (c *Control) verdict(rank int, how error) *RankError {
	m := c.known[rank]
	switch {
	case c.table != nil:
		m = c.table.member(rank)
	case rank == c.above.rank && rank != c.rank:
		m = c.above
	}
	return &RankError{Rank: rank, Host: m.host, PID: m.pid, Err: how}
}

// fail ends the world with err unless it has ended already, and passes frame on
// to all neighbours but from. c.mu is not held.
func (c *Control) fail(err error, frame []byte, from *link) {
	c.mu.Lock()
	if c.done() {
		c.mu.Unlock()
		return
	}
	c.failure = err
	for _, l := range c.links() {
		if l != from {
			l.send(frame, &c.wg)
		}
	}
	close(c.failed)
	notify := c.notify
	c.notify = nil
	c.mu.Unlock()
	for _, f := range notify {
		f(err)
	}
}

// failStart ends the start with err, at all ranks. c.mu is not held.
func (c *Control) failStart(err error, from *link) {
	start, ok := err.(*StartError)
	if !ok {
		start = &StartError{Text: err.Error(), Err: err}
	}
	c.fail(start, newFrame(kindFail, noteOf(start.Text)), from)
}

// attach takes a proven control link, on the endpoint's goroutine. c.mu is not
// held.
func (c *Control) attach(from int, conn net.Conn, _ tcp.Hello) {
	c.mu.Lock()
	if c.closed || c.over || from == c.rank || c.tree.parent(from) != c.rank {
		frame := c.lastWord()
		c.mu.Unlock()
		sayLastWord(conn, frame)
		return
	}
	defer c.mu.Unlock()
	l := &link{conn: conn, rank: from, child: true}
	c.children = append(c.children, l)
	c.tellFailure(l)
	c.wg.Go(func() { c.read(l) })
}

// sayLastWord tells a rank that comes too late why, if there is a reason, and closes
// conn: not before the rank has, or a second has passed. A connection that is reset
// under the rank's own report is the end of this rank to it.
func sayLastWord(conn net.Conn, frame []byte) {
	defer conn.Close()
	if frame == nil || conn.SetDeadline(time.Now().Add(time.Second)) != nil {
		return
	}
	if _, err := conn.Write(frame); err != nil {
		return
	}
	closeWrite(conn)
	_, _ = io.Copy(io.Discard, conn) // to its end, or the deadline
}

// adopt makes conn the link to the parent. c.mu is not held.
func (c *Control) adopt(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := &link{conn: conn, rank: c.tree.parent(c.rank), joined: true}
	c.parent = l
	c.report(true)
	c.tellFailure(l)
	c.wg.Go(func() { c.read(l) })
}

// tellFailure tells a new neighbour of the failure that it comes too late for.
func (c *Control) tellFailure(l *link) {
	if frame := c.lastWord(); frame != nil {
		l.send(frame, &c.wg)
	}
}

// lastWord is the frame that tells of the failure; nil without one.
func (c *Control) lastWord() []byte {
	switch failure := c.failure.(type) {
	case *StartError:
		return newFrame(kindFail, noteOf(failure.Text))
	case *RankError:
		return newFrame(kindVerdict, appendVerdict(nil, failure))
	}
	return nil
}

func noteOf(text string) []byte { return []byte(text[:min(len(text), maxNote)]) }

// read handles a neighbour's frames until the link ends. c.mu is not held.
func (c *Control) read(l *link) {
	for {
		k, body, err := readFrame(l.conn)
		if err == nil {
			err = c.handle(l, k, body)
		}
		if err != nil {
			c.ended(l, err)
			return
		}
	}
}

// ended is the end of a link: a death, unless the rank has said goodbye, or is
// not one of the tree yet. The connection stays open for what is queued; Close
// closes it. c.mu is not held.
func (c *Control) ended(l *link, err error) {
	c.mu.Lock()
	switch {
	case c.done() || c.left[l.rank]:
		c.mu.Unlock()
		return
	case l.child && !l.joined:
		c.children = slices.DeleteFunc(c.children, func(o *link) bool { return o == l })
		l.conn.Close()
		c.mu.Unlock()
		return
	}
	v := c.verdict(l.rank, l.why(err))
	c.mu.Unlock()
	c.fail(v, newFrame(kindVerdict, appendVerdict(nil, v)), nil)
}

// handle acts on one frame. An error is the sender's fault and ends the link.
// c.mu is not held.
func (c *Control) handle(l *link, k kind, body []byte) error {
	switch k {
	case kindVerdict:
		v, err := decodeVerdict(body, c.tree.size)
		if err != nil {
			return err
		}
		c.fail(v, newFrame(k, body), l)
		return nil
	case kindFail:
		c.startFailed(l, strings.ToValidUTF8(string(body), "?"))
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case k == kindMembers && l.child:
		return c.arrived(l, body)
	case k == kindLeave && l.child && l.joined:
		c.left[l.rank] = true
		c.checkLeave()
		return nil
	case k == kindTable && !l.child:
		return c.release(body)
	case k == kindBye && !l.child:
		c.end()
		return nil
	case k == kindAsk && !l.child:
		return c.asked(body)
	case k == kindAnswer && l.child && l.joined:
		return c.answered(l, body)
	}
	return fmt.Errorf("it sent a control frame of kind %d that was not expected of it", k)
}

// startFailed handles kindFail. Its sender gave up its start: if ours succeeded
// meanwhile, that is the sender's death. c.mu is not held.
func (c *Control) startFailed(l *link, text string) {
	c.mu.Lock()
	joined := c.table != nil
	v := c.verdict(l.rank, abortError(text))
	c.mu.Unlock()
	if joined {
		c.fail(v, newFrame(kindVerdict, appendVerdict(nil, v)), l)
		return
	}
	c.failStart(&StartError{Text: text}, l)
}

// arrived takes the ranks that a child reports: itself first, and those below.
func (c *Control) arrived(l *link, body []byte) error {
	if c.table != nil {
		return errors.New("it reported ranks after the start")
	}
	peers, err := decodePeers(body, c.tree.size)
	if err != nil {
		return err
	}
	members := make([]member, peers.Len())
	for i := range members {
		members[i] = peers.member(i)
	}
	if !l.joined {
		if !slices.ContainsFunc(members, func(m member) bool { return m.rank == l.rank }) {
			return errors.New("its first report is not about itself")
		}
		l.joined = true
	}
	for _, m := range members {
		if _, twice := c.known[m.rank]; twice || !c.tree.under(m.rank, l.rank) {
			return fmt.Errorf("it reported rank %d, which is not its own or came already", m.rank)
		}
		c.known[m.rank] = m
		c.pending = append(c.pending, m)
	}
	c.report(false)
	return nil
}

// report passes arrivals upward: all at once when the subtree is complete, else
// (now) what there is. At rank 0 a complete world is released.
func (c *Control) report(now bool) {
	if c.table != nil || c.done() {
		return
	}
	complete := len(c.known) == c.tree.subtree(c.rank)
	switch {
	case c.rank == 0:
		if complete {
			table := make([]member, 0, c.tree.size)
			for r := range c.tree.size {
				table = append(table, c.known[r])
			}
			body := appendMembers(nil, table)
			peers, err := decodePeers(body, c.tree.size)
			if err != nil {
				panic("rendezvous: a table of this rank's own: " + err.Error())
			}
			c.distribute(peers, body)
		}
	case c.parent != nil && len(c.pending) > 0 && (complete || now):
		c.parent.send(newFrame(kindMembers, appendMembers(nil, c.pending)), &c.wg)
		c.pending = nil
	}
}

// release takes the table of all ranks from above.
func (c *Control) release(body []byte) error {
	table, err := decodePeers(body, c.tree.size)
	if err != nil {
		return err
	}
	if c.table != nil || table.Len() != c.tree.size {
		return fmt.Errorf("it sent a table of %d ranks in a world of %d, or a second one", table.Len(), c.tree.size)
	}
	for r := range table.Len() {
		if rank := table.row(r).rank; int(rank) != r {
			return fmt.Errorf("it sent a table with rank %d in the place of rank %d", rank, r)
		}
	}
	if !c.done() {
		c.distribute(table, body)
	}
	return nil
}

// distribute passes the table down and lets this rank go.
func (c *Control) distribute(table *Peers, body []byte) {
	if len(c.children) > 0 {
		frame := newFrame(kindTable, body)
		for _, l := range c.children {
			l.send(frame, &c.wg)
		}
	}
	c.table, c.known, c.pending = table, nil, nil
	close(c.started)
}

// checkLeave says goodbye upward once this rank and all below it have left; at
// rank 0 that is the end of the world.
func (c *Control) checkLeave() {
	first, end := c.tree.children(c.rank)
	if !c.leaving || len(c.left) < end-first || c.done() {
		return
	}
	if c.rank == 0 {
		c.end()
		return
	}
	c.parent.send(newFrame(kindLeave, nil), &c.wg)
}

// end passes the bye down.
func (c *Control) end() {
	if c.done() {
		return
	}
	for _, l := range c.children {
		l.send(newFrame(kindBye, nil), &c.wg)
	}
	c.over = true
	close(c.bye)
}
