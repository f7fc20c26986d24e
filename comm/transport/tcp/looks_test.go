package tcp

import (
	"testing"
	"time"

	"numcomp/comm/transport"
)

// TestLooks: a wait looks again as long as its policy says, and no longer; what
// sleeps at once never looks again.
func TestLooks(t *testing.T) {
	if (&looks{}).again() {
		t.Error("the policy without spinning looks again")
	}
	for _, policy := range []transport.Waiting{
		{Spin: time.Millisecond},
		{Yield: time.Millisecond},
		{Spin: time.Millisecond / 2, Yield: time.Millisecond / 2},
	} {
		look := looks{policy: policy}
		start := time.Now()
		if !look.again() {
			t.Errorf("%+v: does not look a second time", policy)
		}
		for look.again() {
		}
		if took := time.Since(start); took < time.Millisecond && !look.taken {
			t.Errorf("%+v: gave up after %v", policy, took)
		}
	}
}

// TestLooksTaken: who finds that somebody else had the CPU sleeps, whatever is left
// of the policy's time, and long messages get no patience for a while.
func TestLooksTaken(t *testing.T) {
	look := looks{policy: transport.Waiting{Spin: time.Hour}}
	if !look.again() {
		t.Fatal("does not look a second time")
	}
	look.last = look.last.Add(-takenFor)
	if look.again() || !look.taken {
		t.Error("looks again after others had the CPU")
	}

	short := transport.Waiting{Spin: time.Microsecond}
	tr := &Transport{opts: Options{Waiting: short}}
	s := &session{t: tr, reqs: []transport.Request{&request{long: true}}}
	patient := s.policy()
	if patient.Yield != longYield {
		t.Errorf("waits for a long message by %+v", patient)
	}
	tr.disturbed.note()
	if got := s.policy(); got != short {
		t.Errorf("waits by %+v after others had the CPU, want %+v", got, short)
	}
	past := time.Now().Add(-aftermath)
	tr.disturbed.noted.Store(&past)
	if got := s.policy(); got != patient {
		t.Errorf("waits by %+v long after others had the CPU, want %+v", got, patient)
	}
}
