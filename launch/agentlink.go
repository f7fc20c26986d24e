package launch

import (
	"bytes"
	"encoding/binary"
	"errors"
	"sync"

	"numcomp/hostfile"
)

// agentLink is the launcher's view of one agent, whether the launcher has started
// it or relays hand on what is said. Its fields belong to the launcher's loop.
type agentLink struct {
	host hostfile.Host
	tree *tree
	id   int   // in the tree
	via  *conn // what carries its frames; nil if that was not started

	hello    hello
	greeted  bool
	node     int // -1: no rank of the job
	ranks    []int
	exited   int // ranks that are gone
	inFence  bool
	puts     []pair
	done     bool // said so
	finished bool // the agent is gone

	mu      sync.Mutex
	streams map[int]*[2]*lineStream // by rank
}

// linkEvent is what a link tells the launcher's loop.
type linkEvent struct {
	link *agentLink
	kind kind
	body []byte
	err  error // of kEnd: nil if it ended in good order
}

// kEnd is no frame: the process at the other end of a conn is gone.
const kEnd kind = 0

// direct says whether this process has started the agent or its relay.
func (l *agentLink) direct() bool { return l.tree.parent(l.id) == 0 }

// remote says whether the agent is on another host.
func (l *agentLink) remote() bool { return l.id <= l.tree.remote }

// send queues a frame for the agent.
func (l *agentLink) send(k kind, parts ...[]byte) {
	if l.via == nil {
		return
	}
	if l.direct() {
		l.via.send(k, parts...)
		return
	}
	l.via.send(kTo, append([][]byte{numbers32(uint32(l.id)), {byte(k)}}, parts...)...)
}

// address is how the frames between launcher and a relay's relays begin: the
// number in the tree, 4 B, and the kind of the frame within.
const address = 5

func parseAddress(body []byte) (id int, k kind, rest []byte, err error) {
	if len(body) < address {
		return 0, 0, nil, errors.New("frame without an address")
	}
	return int(binary.LittleEndian.Uint32(body)), kind(body[4]), body[address:], nil
}

// openLink opens the conversation with what was started for a link.
func (j *job) openLink(l *agentLink, p *agentProcess) *conn {
	post := func(e linkEvent) {
		select {
		case j.events <- e:
		case <-j.stop:
		}
	}
	take := func(k kind, body []byte) error {
		from := l
		if k == kFrom {
			id, inner, rest, err := parseAddress(body)
			if err != nil {
				return err
			}
			if id < 1 || id > len(j.links) || j.tree.first(id) != l.id {
				return errors.New("it hands on a frame of an agent that is not below it")
			}
			from, k, body = j.links[id-1], inner, rest
		}
		if k == kOutput || k == kOutputEnd {
			return j.output(from, k, body)
		}
		post(linkEvent{link: from, kind: k, body: bytes.Clone(body)})
		return nil
	}
	return openConn(p, take, func(err error) { post(linkEvent{link: l, kind: kEnd, err: err}) })
}

// output hands what a rank has written to the printers.
func (j *job) output(l *agentLink, k kind, body []byte) error {
	rank, stream, data, err := parseStream(body)
	if err != nil {
		return err
	}
	s := l.streamsOf(rank)
	if s == nil {
		return errors.New("it sent output of a rank that it does not have")
	}
	if !j.spec.Show.Has(rank) {
		l.send(kOutputCredit, streamHead(rank, stream), numbers32(uint32(len(data))))
		return nil
	}
	if k == kOutput {
		j.out[stream-1].add(s[stream-1], data)
	} else {
		j.out[stream-1].end(s[stream-1])
	}
	return nil
}

func (l *agentLink) setStreams(streams map[int]*[2]*lineStream) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.streams = streams
}

func (l *agentLink) streamsOf(rank int) *[2]*lineStream {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.streams[rank]
}
