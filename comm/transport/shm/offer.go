package shm

import "sync/atomic"

// A ticket names an offer of its sender: the number of a word in the sender's
// mailbox, and how often that has been used. The word says who may touch the
// message's bytes: its sender, who may take the offer back or sends it in parts, or
// its receiver, who has begun to copy. A word is the use in its high half and the
// state below.
type ticket uint64

func newTicket(word int, use uint32) ticket { return ticket(use)<<32 | ticket(word) }

func (t ticket) word() int   { return int(uint32(t)) }
func (t ticket) use() uint64 { return uint64(t >> 32) }

// The states of an offer.
const (
	free uint64 = iota
	offered
	sending // the sender is sending a part
	taken   // the receiver copies
	copied  // the receiver does not touch it any longer
)

// offerWord is the word of an offer in use in a state.
func offerWord(use, state uint64) uint64 { return use<<32 | state }

// take has the receiver begin to copy; false if the offer has been taken back, or
// the ticket is none.
func (t ticket) take(offers []atomic.Uint64) bool {
	return t.word() < len(offers) &&
		offers[t.word()].CompareAndSwap(offerWord(t.use(), offered), offerWord(t.use(), taken))
}

// begin has the sender send a part; false if the receiver copies instead.
func (t ticket) begin(offers []atomic.Uint64) bool {
	return offers[t.word()].CompareAndSwap(offerWord(t.use(), offered), offerWord(t.use(), sending))
}

// withdraw has the sender take the offer back; false if its receiver copies.
func (t ticket) withdraw(offers []atomic.Uint64) bool {
	return offers[t.word()].CompareAndSwap(offerWord(t.use(), offered), offerWord(t.use(), free))
}

// tickets are those of one rank that are not in use. Their owner locks them.
type tickets struct {
	uses  []uint32
	spare []int
}

// draw takes a ticket for an offer, if there is one left.
func (s *tickets) draw(offers []atomic.Uint64) (ticket, bool) {
	word := len(s.uses)
	switch {
	case len(s.spare) > 0:
		word = s.spare[len(s.spare)-1]
		s.spare = s.spare[:len(s.spare)-1]
		s.uses[word]++
	case word < len(offers):
		s.uses = append(s.uses, 1)
	default:
		return 0, false
	}
	t := newTicket(word, s.uses[word])
	offers[word].Store(offerWord(t.use(), offered))
	return t, true
}

// giveBack makes a ticket's word free for the next.
func (s *tickets) giveBack(t ticket, offers []atomic.Uint64) {
	offers[t.word()].Store(offerWord(t.use(), free))
	s.spare = append(s.spare, t.word())
}

// offer leaves open who does the rest: after a part, or when the receiver cannot
// copy after all.
func (t ticket) offer(offers []atomic.Uint64) {
	offers[t.word()].Store(offerWord(t.use(), offered))
}

// leave has the receiver copy no longer. It also tells the sender by a frame, but
// that may not come when a world breaks.
func (t ticket) leave(offers []atomic.Uint64) {
	offers[t.word()].Store(offerWord(t.use(), copied))
}

// left tells the sender that the receiver copies no longer.
func (t ticket) left(offers []atomic.Uint64) bool {
	return offers[t.word()].Load() == offerWord(t.use(), copied)
}
