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
		if took := time.Since(start); took < time.Millisecond {
			t.Errorf("%+v: gave up after %v", policy, took)
		}
	}
}
