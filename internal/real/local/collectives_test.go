package local

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"numcomp/internal/real/realtest"
)

// TestKilledInCollectives: whatever collective the ranks of a node are in, and
// wherever in it one is killed, the others end at once and its death is told.
func TestKilledInCollectives(t *testing.T) {
	for _, op := range []struct{ name, size string }{
		{"barrier", ""}, {"bcast", "8"}, {"bcast", "8388608"}, {"allreduce", "8192"}, {"allreduce", "4194304"},
		{"gather", "8192"}, {"gather", "8388608"}, {"scatter", "4194304"}, {"allgather", "1048576"},
	} {
		for _, who := range []string{"0", "2"} {
			t.Run(op.name+op.size+"/rank "+who, func(t *testing.T) {
				marker := fmt.Sprintf("NUMCOMP_TEST_MARK=local-collective-%s%s-%s", op.name, op.size, who)
				args := []string{program, "bench", op.name, "--num-workers", "5", "--time", "60s"}
				if op.size != "" {
					args = append(args, "--sizes", op.size)
				}
				p := realtest.Start(t, realtest.Cmd{Env: []string{marker}, Limit: 30 * time.Second, Args: args})
				victim := realtest.WaitRank(t, marker, "NUMCOMP_RANK="+who)
				realtest.Until(t, "the ranks meet in memory", func() bool { return meets(victim) })
				if err := syscall.Kill(victim, syscall.SIGKILL); err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				r := p.Wait(t)
				if r.Status != 128+9 || !strings.Contains(r.Stderr, "rank "+who+" ") || !strings.Contains(r.Stderr, "signal 9") {
					t.Errorf("status %d, want 137 and rank %s named:\n%s", r.Status, who, r.Stderr)
				}
				t.Logf("%v after the kill: %s", time.Since(began), r.Stderr)
				realtest.Gone(t, marker, 5*time.Second)
			})
		}
	}
}

// meets tells whether a process has mapped memory in which ranks meet.
func meets(pid int) bool {
	maps, _ := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	return strings.Contains(string(maps), "numcomp-segment")
}

// TestStoppedInCollectives: a rank that does nothing more keeps nobody beyond --timeout.
func TestStoppedInCollectives(t *testing.T) {
	const marker = "NUMCOMP_TEST_MARK=local-collective-stopped"
	p := realtest.Start(t, realtest.Cmd{Env: []string{marker}, Limit: 30 * time.Second,
		Args: append(long(marker, 4).Args, "--timeout", "3s")})
	victim := realtest.WaitRank(t, marker, "NUMCOMP_RANK=2")
	realtest.Until(t, "the ranks meet in memory", func() bool { return meets(victim) })
	if err := syscall.Kill(victim, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if r := p.Wait(t); r.Status == 0 || strings.Count(r.Stderr, "--timeout") != 1 {
		t.Errorf("status %d, want --timeout named once:\n%s", r.Status, r.Stderr)
	}
	realtest.Gone(t, marker, 10*time.Second)
}
