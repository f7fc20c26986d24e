package shm

// step is a step of the protocols, after which it makes a difference to the peers
// that a process dies.
type step string

const (
	stepMapped    step = "the peer's mailbox is mapped"
	stepClaimed   step = "a ring is claimed"
	stepSigned    step = "the ring is signed"
	stepWritten   step = "a frame is written, not published"
	stepPublished step = "a frame is published, its receiver not woken"
	stepRoused    step = "the peer is marked awake, its doorbell not rung"
	stepRung      step = "the doorbell is rung"
	stepGot       step = "a frame is read, not handled"
	stepHandled   step = "frames are handled, their room not given back"
	stepReleased  step = "the room of frames is given back"
	stepTaken     step = "an offer is taken, nothing copied"
	stepCopied    step = "an offer is copied, its sender does not know"
	stepLeft      step = "an offer is left, its sender not told"
	stepSending   step = "a part is begun"
	stepPart      step = "a part is published, its offer not open again"
	stepTakenOver step = "a message in parts is taken over"
	stepAttending step = "said to attend"
	stepAsleep    step = "said to be asleep"
	stepSleeps    step = "about to sleep"
	stepWoken     step = "woken"
	stepClosing   step = "ended here, peers not told"
	stepClosed    step = "peers told of the end"
)

// step tells tests of a step.
func (t *Transport) step(s step) {
	if t.opts.onStep != nil {
		t.opts.onStep(s)
	}
}
