package rendezvous

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"numcomp/comm/transport/tcp"
)

// TestMissingOfManyRanks: rank 0 of 1,024 ranks on 8 nodes says who is missing
// in a sentence that can be read, whatever the pattern.
func TestMissingOfManyRanks(t *testing.T) {
	const size, nodes, timeout = 1024, 8, errTimeout(60 * time.Second)
	names := make([]string, nodes)
	for i := range names {
		names[i] = fmt.Sprintf("n%d", i+1)
	}
	for _, c := range []struct {
		name   string
		here   func(r int) bool
		refuse int
		want   []string
	}{
		{"nobody but rank 0", func(int) bool { return false }, 0,
			[]string{"start: ranks 1-1023 of 1024 did not arrive within 1m0s (--start-timeout) (none of nodes n2,n3,n4,n5,n6,n7,n8 has come; ranks 33-1023 can only join through others of these)"}},
		{"two nodes", func(r int) bool { return r/128 != 2 && r/128 != 6 }, 0,
			[]string{"start: ranks 256-383,768-895 of 1024", "none of nodes n3,n7 has come"}},
		{"one rank", func(r int) bool { return r != 700 }, 0, []string{"start: rank 700 of 1024 did not arrive within 1m0s (--start-timeout): not started"}},
		{"every other", func(r int) bool { return r%2 == 0 }, 0, []string{"ranks 1,3,5,7,9,11,13,15,17,19,21,23,... (512 ranks) of 1024"}},
		{"one rank's number twice", func(r int) bool { return r != 9 }, 3,
			[]string{"start: rank 9 of 1024", "two processes came as rank 1; two processes came as rank 2)"}},
		{"all refused", func(int) bool { return false }, size, []string{"rank 1 came and was refused: two processes claim to be rank 1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			me := member{rank: 0, host: "h1", node: "n1", pid: 7}
			j := &joiner{me: me, opts: Options{Size: size, Nodes: names}, refusals: map[int]error{},
				c: newControl(topology{size, defaultFanOut}, me, nil)}
			for r := 1; r < size; r++ {
				if c.here(r) {
					j.c.known[r] = member{rank: r, node: names[r/128]}
				}
				if r < c.refuse {
					j.refusals[r] = &tcp.DuplicateRankError{Rank: r}
				}
			}
			text := j.notAll(timeout).Error()
			for _, want := range c.want {
				if !strings.Contains(text, want) {
					t.Errorf("%s\nlacks %s", text, want)
				}
			}
			if len(text) > 1200 {
				t.Errorf("%d characters: %s", len(text), text)
			}
			for _, cause := range []string{"firewall", "rank 0 (host h1, pid 7)"} {
				if !strings.Contains(text, cause) {
					t.Errorf("%s\nlacks %s", text, cause)
				}
			}
		})
	}
	if err := (&joiner{c: newControl(topology{2, 32}, member{}, nil)}).notAll(errors.New("interrupted")); !strings.Contains(err.Error(), "interrupted") {
		t.Error(err)
	}
}

// barred is a store whose Commit is a barrier that nobody else reaches, as PMI's is.
type barred struct{ Store }

func (barred) Commit(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) }

// TestMissingAtBarrier: where only a barrier tells that somebody is missing, no rank
// is named that may well be there.
func TestMissingAtBarrier(t *testing.T) {
	ep, err := tcp.Listen(loopback())
	if err != nil {
		t.Fatal(err)
	}
	defer ep.Close()
	said := make(chan string, 100)
	_, err = Join(deadline(t), ep, barred{newMemory()}, Self{Host: "h", PID: 7}, Options{Rank: 0, Size: 4,
		StartTimeout: 300 * time.Millisecond, WaitingAfter: time.Millisecond, Waiting: func(text string) { said <- text }})
	if err == nil || !strings.Contains(err.Error(), "could not pass the launcher's barrier, which every rank must reach and which does not tell who is missing: not within 300ms") {
		t.Error(err)
	}
	if got, want := <-said, "waiting at the launcher's barrier for at least one of ranks 1-3: it does not tell for which"; got != want {
		t.Errorf("it said %q, want %q", got, want)
	}
}
