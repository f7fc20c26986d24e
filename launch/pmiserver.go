package launch

import (
	"fmt"

	"numcomp/internal/pmiwire"
)

// pmiServer is PMI-1 for the ranks of one node, without its input and output.
// The key-value space is the whole job's: what ranks put becomes known to all
// nodes at the next barrier, which the launcher joins.
type pmiServer struct {
	size   int
	name   string // of the key-value space
	values map[string]string
	puts   []pair // since the last barrier
	ranks  []pmiRank
	inside int // ranks in the barrier
}

// pmiRank is what the server knows of one rank.
type pmiRank struct {
	partial []byte // of a line
	multi   bool   // inside a message of several lines
	barrier bool   // waits for it
	gone    bool
}

// pmiAction is what a request asks of the agent besides a reply.
type pmiAction int

const (
	pmiNothing pmiAction = iota
	pmiBarrier           // the rank has entered the barrier
	pmiFinal             // the rank has ended its use of the server
	pmiAbort             // the rank ends the job
)

// pmiResult is the outcome of one request.
type pmiResult struct {
	reply  string // lines to send at once; may be empty
	action pmiAction
	code   int    // of pmiAbort: the status
	text   string // of pmiAbort: why
}

func newPMIServer(p *plan) *pmiServer {
	return &pmiServer{
		size:   p.Size,
		name:   "kvs_" + p.Job,
		values: map[string]string{MappingKey: p.Mapping},
		ranks:  make([]pmiRank, len(p.Ranks)),
	}
}

// take adds bytes that came from rank i of the node and handles the lines that
// are complete. A rank that does not speak PMI-1 is an error.
func (s *pmiServer) take(i int, b []byte, handle func(pmiResult)) error {
	r := &s.ranks[i]
	for _, c := range b {
		if c != '\n' {
			if len(r.partial) == pmiwire.MaxLine {
				return fmt.Errorf("a PMI line is longer than %d bytes", pmiwire.MaxLine)
			}
			r.partial = append(r.partial, c)
			continue
		}
		line := string(r.partial)
		r.partial = r.partial[:0]
		res, err := s.line(i, line)
		if err != nil {
			return err
		}
		handle(res)
	}
	return nil
}

func (s *pmiServer) line(i int, line string) (pmiResult, error) {
	r := &s.ranks[i]
	if r.multi {
		_, end, err := pmiwire.ParseMultiLine(line)
		if err != nil || !end {
			return pmiResult{}, err
		}
		r.multi = false
		return reply(pmiwire.Refuse("spawn", "numcomp starts no further processes"))
	}
	m, err := pmiwire.Parse(line)
	if err != nil {
		return pmiResult{}, err
	}
	if m.Multi {
		r.multi = true
		return pmiResult{}, nil
	}
	if r.barrier {
		return pmiResult{}, fmt.Errorf("pmi: %.32s was sent from within the barrier", m.Cmd)
	}
	switch m.Cmd {
	case "init":
		return reply(pmiwire.InitReply())
	case "get_maxes":
		return reply(pmiwire.MaxesReply())
	case "get_appnum":
		return reply(pmiwire.AppnumReply(0))
	case "get_universe_size":
		return reply(pmiwire.UniverseSizeReply(s.size))
	case "get_my_kvsname":
		return reply(pmiwire.KVSNameReply(s.name))
	case "put":
		return s.put(m)
	case "get":
		return s.get(m)
	case "barrier_in":
		r.barrier = true
		s.inside++
		return pmiResult{action: pmiBarrier}, nil
	case "finalize":
		res, err := reply(pmiwire.FinalizeAck())
		res.action = pmiFinal
		return res, err
	case "abort":
		code, err := m.Int("exitcode")
		if err != nil {
			code = 1
		}
		text, _ := m.Get("message")
		return pmiResult{action: pmiAbort, code: code, text: text}, nil
	case "publish_name", "unpublish_name", "lookup_name":
		return reply(pmiwire.Refuse(m.Cmd, "numcomp keeps no names of services"))
	}
	return pmiResult{}, fmt.Errorf("pmi: %.64q is no request", m.Cmd)
}

func reply(m pmiwire.Message) (pmiResult, error) {
	text, err := m.Format()
	return pmiResult{reply: text}, err
}

func (s *pmiServer) put(m pmiwire.Message) (pmiResult, error) {
	key, ok := m.Get("key")
	value, ok2 := m.Get("value")
	switch {
	case !ok || !ok2 || key == "":
		return reply(pmiwire.Refuse("put", "key or value is missing"))
	case len(key) > pmiwire.MaxKey || len(value) > pmiwire.MaxValue:
		return reply(pmiwire.Refuse("put", "key or value is too long"))
	case !s.known(m):
		return reply(pmiwire.Refuse("put", "no such kvsname"))
	}
	if _, err := pmiwire.GetReply(value).Format(); err != nil {
		return reply(pmiwire.Refuse("put", "no get could return this value"))
	}
	s.values[key] = value
	s.puts = append(s.puts, pair{key, value})
	return reply(pmiwire.Reply("put"))
}

func (s *pmiServer) get(m pmiwire.Message) (pmiResult, error) {
	key, _ := m.Get("key")
	value, ok := s.values[key]
	if !ok || !s.known(m) {
		return reply(pmiwire.Refuse("get", "no such key"))
	}
	return reply(pmiwire.GetReply(value))
}

// known says whether a message is about the job's key-value space, or names none.
func (s *pmiServer) known(m pmiwire.Message) bool {
	name, ok := m.Get("kvsname")
	return !ok || name == s.name
}

// full says whether every rank of the node is in the barrier.
func (s *pmiServer) full() bool { return s.inside == len(s.ranks) }

// waits says whether rank i of the node is in the barrier.
func (s *pmiServer) waits(i int) bool { return s.ranks[i].barrier }

// outside are those of the node's ranks that are not in the barrier.
func (s *pmiServer) outside(ranks []int) (out []int) {
	for i, r := range s.ranks {
		if !r.barrier {
			out = append(out, ranks[i])
		}
	}
	return out
}

// takePuts hands over what was put since the last barrier.
func (s *pmiServer) takePuts() []pair {
	p := s.puts
	s.puts = nil
	return p
}

// release ends the barrier: puts are those of all nodes. The line is for every rank.
func (s *pmiServer) release(puts []pair) (string, error) {
	for _, p := range puts {
		s.values[p.Key] = p.Value
	}
	for i := range s.ranks {
		s.ranks[i].barrier = false
	}
	s.inside = 0
	return pmiwire.BarrierOut().Format()
}

// leave notes that rank i of the node is gone.
func (s *pmiServer) leave(i int) { s.ranks[i].gone = true }

// missing is a rank of the node that is gone, so that those in the barrier would
// wait for ever; -1 if there is none, or nobody waits.
func (s *pmiServer) missing() int {
	if s.inside == 0 {
		return -1
	}
	for i, r := range s.ranks {
		if r.gone && !r.barrier {
			return i
		}
	}
	return -1
}
