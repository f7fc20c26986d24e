package launch

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"numcomp/internal/pmiwire"
)

// pmiMain is a rank that speaks PMI-1: it puts a value, enters the barrier and
// gets what its neighbour has put, as often as it is told. Other words end it on
// the way.
func pmiMain(args []string) int {
	fd, _ := strconv.Atoi(os.Getenv("PMI_FD"))
	rank, _ := strconv.Atoi(os.Getenv("PMI_RANK"))
	size, _ := strconv.Atoi(os.Getenv("PMI_SIZE"))
	f := os.NewFile(uintptr(fd), "pmi")
	in := bufio.NewReader(f)
	ask := func(m pmiwire.Message) pmiwire.Message {
		text, err := m.Format()
		if err != nil {
			panic(err)
		}
		f.WriteString(text)
		line, err := in.ReadString('\n')
		if err != nil {
			panic(err)
		}
		r, err := pmiwire.Parse(line)
		if err != nil {
			panic(err)
		}
		return r
	}
	get := func(m pmiwire.Message, key string) string { v, _ := m.Get(key); return v }
	ask(pmiwire.Init())
	if v := get(ask(pmiwire.GetMaxes()), "vallen_max"); v != "1024" {
		panic("vallen_max=" + v)
	}
	if v := get(ask(pmiwire.GetUniverseSize()), "size"); v != strconv.Itoa(size) {
		panic("universe size " + v)
	}
	kvs := get(ask(pmiwire.GetMyKVSName()), "kvsname")
	if v := get(ask(pmiwire.Get(kvs, MappingKey)), "value"); v != fmt.Sprintf("(vector,(0,1,%d))", size) {
		panic("mapping " + v)
	}
	if v := get(ask(pmiwire.Get(kvs, "nothing")), "rc"); v == "0" {
		panic("a key that nobody put was found")
	}
	switch args[0] {
	case "abort":
		if rank == 1 {
			text, _ := pmiwire.Abort(7, "matrix is singular").Format()
			f.WriteString(text)
		}
	case "absent":
		if rank == 1 {
			return 0
		}
	case "late":
		if rank > 0 {
			in.ReadString('\n') // nothing comes: it waits to be ended
			return 0
		}
		text, _ := pmiwire.BarrierIn().Format()
		f.WriteString(text)
		return 3
	case "garbage":
		if rank == 1 {
			f.WriteString("hello there\n")
		}
	}
	rounds, _ := strconv.Atoi(args[len(args)-1])
	for i := range rounds {
		ask(pmiwire.Put(kvs, fmt.Sprintf("r%d-%d", rank, i), fmt.Sprintf("v%d.%d", rank, i)))
		ask(pmiwire.BarrierIn())
		next := (rank + 1) % size
		if v := get(ask(pmiwire.Get(kvs, fmt.Sprintf("r%d-%d", next, i))), "value"); v != fmt.Sprintf("v%d.%d", next, i) {
			panic(fmt.Sprintf("rank %d, round %d: got %q", rank, i, v))
		}
	}
	ask(pmiwire.Finalize())
	fmt.Println("pmi done")
	return 0
}

func TestPMI(t *testing.T) {
	for _, n := range []int{1, 2, 5} {
		r, s, err := run(t, n, []string{"pmi", "rounds", "20"})
		if err != nil || s.Code != 0 || strings.Count(r.out.String(), "pmi done") != n {
			t.Errorf("%d ranks: %+v, %v\n%s%s", n, s, err, r.out, r.err)
		}
	}
}

func TestPMIAbort(t *testing.T) {
	r, s, err := run(t, 3, []string{"pmi", "abort", "1"})
	if s.Code != 7 || err == nil || !strings.HasSuffix(err.Error(), "aborted the job: matrix is singular") || !strings.HasPrefix(err.Error(), "rank 1 (pid ") {
		t.Errorf("%+v, %v\n%s", s, err, r.err)
	}
}

// TestPMIAbortThenExit: the abort is heard also when the rank has ended before it was.
func TestPMIAbortThenExit(t *testing.T) {
	a := agent{ranks: make([]agentRank, 2), p: plan{Ranks: []int{0, 1}}, buf: make([]byte, chunk), epoll: -1}
	var said bytes.Buffer
	a.out, a.pmi = &frameWriter{w: &said}, newTestServer(2)
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := pmiwire.Abort(7, "matrix is singular").Format()
	if _, err := unix.Write(pair[1], []byte(text)); err != nil {
		t.Fatal(err)
	}
	unix.Close(pair[1])
	a.ranks[0].pmi, a.ranks[1] = -1, agentRank{pid: 1 << 30, alive: true, pmi: pair[0]}
	a.running = 1
	a.exited(reaped{rank: 1, status: 3 << 8})
	var told []kind
	for r := newFrameReader(&said); ; {
		k, body, err := r.next()
		if err != nil {
			break
		}
		told = append(told, k)
		if k == kFailure && !bytes.Contains(body, []byte("matrix is singular")) {
			t.Errorf("%s", body)
		}
	}
	if string(told) != string([]kind{kFailure, kExit}) {
		t.Errorf("the launcher is told %q", told)
	}
}

// TestPMIAbsent: a rank that ends with status 0 is fine unless others wait for it.
func TestPMIAbsent(t *testing.T) {
	r, s, err := run(t, 3, []string{"pmi", "absent", "1"})
	if s.Code != 1 || err == nil || !strings.HasPrefix(err.Error(), "rank 1 (") || !strings.Contains(err.Error(), "ended before the PMI barrier in which ") {
		t.Errorf("%+v, %v\n%s", s, err, r.err)
	}
}

// TestPMILate: who gives up in the barrier does not know for whom it has waited;
// the launcher does.
func TestPMILate(t *testing.T) {
	for n, want := range map[int]string{2: "rank 1", 4: "ranks 1-3"} {
		var notices []string
		r, s, err := run(t, n, []string{"pmi", "late", "1"}, func(spec *Spec) {
			spec.Notice = func(f string, a ...any) { notices = append(notices, fmt.Sprintf(f, a...)) }
		})
		want = "rank 0 gave up in the PMI barrier, which " + want + " had not entered"
		if s.Code != 3 || err == nil || !slices.Contains(notices, want) {
			t.Errorf("%d ranks: %+v, %v, notices %q, want %q\n%s", n, s, err, notices, want, r.err)
		}
	}
}

func TestPMIGarbage(t *testing.T) {
	r, s, err := run(t, 2, []string{"pmi", "garbage", "1"})
	if s.Code != 1 || err == nil || !strings.HasPrefix(err.Error(), "rank 1 (") || !strings.Contains(err.Error(), "does not speak PMI-1") {
		t.Errorf("%+v, %v\n%s", s, err, r.err)
	}
}

func newTestServer(ranks int) *pmiServer {
	p := &plan{Job: "j", Size: ranks, Mapping: "(vector,(0,1,2))", Ranks: make([]int, ranks)}
	return newPMIServer(p)
}

// TestPMIServerLines holds the replies to the text of the protocol.
func TestPMIServerLines(t *testing.T) {
	s := newTestServer(2)
	for _, c := range []struct{ send, want string }{
		{"cmd=init pmi_version=1 pmi_subversion=1\n", "cmd=response_to_init rc=0 pmi_version=1 pmi_subversion=1\n"},
		{"cmd=get_maxes\n", "cmd=maxes rc=0 kvsname_max=256 keylen_max=64 vallen_max=1024\n"},
		{"cmd=get_appnum\n", "cmd=appnum rc=0 appnum=0\n"},
		{"cmd=get_universe_size\n", "cmd=universe_size rc=0 size=2\n"},
		{"cmd=get_my_kvsname\n", "cmd=my_kvsname rc=0 kvsname=kvs_j\n"},
		{"cmd=put kvsname=kvs_j key=K value=V with blanks\n", "cmd=put_result rc=0\n"},
		{"cmd=get kvsname=kvs_j key=K\n", "cmd=get_result rc=0 value=V with blanks\n"},
		{"cmd=get kvsname=kvs_j key=PMI_process_mapping\n", "cmd=get_result rc=0 value=(vector,(0,1,2))\n"},
		{"cmd=get kvsname=other key=K\n", "cmd=get_result rc=-1 msg=no_such_key\n"},
		{"cmd=put kvsname=kvs_j key=K\n", "cmd=put_result rc=-1 msg=key_or_value_is_missing\n"},
		{"cmd=put kvsname=kvs_j key=" + strings.Repeat("k", 64) + " value=v\n", "cmd=put_result rc=-1 msg=key_or_value_is_too_long\n"},
		{"cmd=put kvsname=kvs_j key=K value=a b=c\n", "cmd=put_result rc=-1 msg=no_get_could_return_this_value\n"},
		{"cmd=publish_name service=s port=p\n", "cmd=publish_result rc=-1 msg=numcomp_keeps_no_names_of_services\n"},
		{"mcmd=spawn\nnprocs=1\nexecname=x\nendcmd\n", "cmd=spawn_result rc=-1 msg=numcomp_starts_no_further_processes\n"},
		{"cmd=finalize\n", "cmd=finalize_ack rc=0\n"},
		// Requests come in pieces, too.
		{"cmd=get_app", ""},
		{"num\n", "cmd=appnum rc=0 appnum=0\n"},
	} {
		var got string
		if err := s.take(0, []byte(c.send), func(r pmiResult) { got += r.reply }); err != nil || got != c.want {
			t.Errorf("%q gives %q, %v; want %q", c.send, got, err, c.want)
		}
	}
}

func TestPMIServerRefuses(t *testing.T) {
	for _, send := range []string{"hello\n", "cmd=dance\n", "cmd=barrier_in\ncmd=get_appnum\n", strings.Repeat("x", 4097)} {
		s := newTestServer(2)
		if err := s.take(0, []byte(send), func(pmiResult) {}); err == nil {
			t.Errorf("%.40q was taken", send)
		}
	}
}

func FuzzPMIServer(f *testing.F) {
	f.Add([]byte("cmd=init pmi_version=1 pmi_subversion=1\ncmd=barrier_in\n"))
	f.Add([]byte("mcmd=spawn\nnprocs=1\nendcmd\ncmd=put kvsname=kvs_j key=K value=V\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := newTestServer(1)
		err := s.take(0, b, func(r pmiResult) {
			if r.reply != "" && !strings.HasSuffix(r.reply, "\n") {
				t.Fatalf("the reply %q is no line", r.reply)
			}
			if r.action == pmiBarrier {
				if _, err := s.release(s.takePuts()); err != nil {
					t.Fatal(err)
				}
			}
		})
		if err == nil && len(s.ranks[0].partial) > pmiwire.MaxLine {
			t.Fatal("a line grows without bound")
		}
	})
}
