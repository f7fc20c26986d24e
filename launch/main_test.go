package launch

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// The test binary is launcher, agent and rank as well: its first argument says which.
const (
	asAgent    = "as-agent"
	asRelay    = "as-relay"
	asRank     = "as-rank"
	asLauncher = "as-launcher"
)

// marker is a variable that every process of a test's job has in its environment.
const marker = "NUMCOMP_LAUNCH_TEST"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case asAgent:
			os.Exit(Agent(context.Background(), os.Environ(), os.Stdin, os.Stdout))
		case asRelay:
			os.Exit(Relay(context.Background(), []string{os.Args[0], asAgent}, os.Environ(), os.Stdin, os.Stdout))
		case asRank:
			os.Exit(rankMain(os.Args[2], os.Args[3:]))
		case asLauncher:
			os.Exit(launcherMain(os.Args[2:]))
		}
	}
	goleak.VerifyTestMain(m)
}

// rankMain is a rank's program.
func rankMain(do string, args []string) int {
	rank := os.Getenv("NUMCOMP_RANK")
	switch do {
	case "env":
		fmt.Printf("%s: %s\n", rank, strings.Join(grep(os.Environ(), args), " "))
	case "exit": // exit RANK STATUS: that rank ends so, the others wait for a signal
		if rank == args[0] {
			n, _ := strconv.Atoi(args[1])
			return n
		}
		select {}
	case "exit-only": // the others end with 0
		if rank == args[0] {
			n, _ := strconv.Atoi(args[1])
			return n
		}
	case "kill": // kill RANK SIGNAL
		if rank == args[0] {
			n, _ := strconv.Atoi(args[1])
			syscall.Kill(os.Getpid(), syscall.Signal(n))
		}
		select {}
	case "wait":
		fmt.Println("ready")
		select {}
	case "stubborn": // ends by SIGKILL only
		signal.Ignore(syscall.SIGTERM, syscall.SIGINT)
		fmt.Println("ready")
		select {}
	case "polite": // says what it was told
		c := make(chan os.Signal, 1)
		signal.Notify(c)
		fmt.Println("ready")
		for s := range c {
			if s != syscall.SIGURG {
				fmt.Printf("%s: got %v\n", rank, s)
			}
			if s == syscall.SIGTERM {
				return 0
			}
		}
	case "lines": // lines N: as many lines of different lengths
		n, _ := strconv.Atoi(args[0])
		w := bufio.NewWriterSize(os.Stdout, 777)
		for i := range n {
			fmt.Fprintln(w, testLine(rank, i))
		}
		w.Flush()
	case "bytes": // bytes N: every byte there is, over and over, no newline at the end
		n, _ := strconv.Atoi(args[0])
		os.Stdout.Write(testBytes(n))
	case "longline": // longline N
		n, _ := strconv.Atoi(args[0])
		fmt.Println(strings.Repeat(rank, n))
	case "cat":
		n, err := io.Copy(os.Stdout, os.Stdin)
		if err != nil {
			return 1
		}
		fmt.Fprintf(os.Stderr, "%s: %d bytes\n", rank, n)
	case "prompt": // a line that does not end before it is answered
		if rank == "0" {
			fmt.Print("name? ")
			s, _ := bufio.NewReader(os.Stdin).ReadString('\n')
			fmt.Print("hello " + s)
		}
	case "ignore-stdin":
	case "pmi":
		return pmiMain(args)
	}
	return 0
}

func grep(env, names []string) []string {
	var found []string
	for _, n := range names {
		if v, ok := lookup(env, n); ok {
			found = append(found, n+"="+v)
		} else {
			found = append(found, n+"-")
		}
	}
	return found
}

func testLine(rank string, i int) string {
	return fmt.Sprintf("rank %s line %d %s", rank, i, strings.Repeat(rank, i%97))
}

func testBytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i * 7)
		if b[i] == '\n' && i == n-1 {
			b[i] = 'x'
		}
	}
	return b
}

// self is this test binary.
func self(t testing.TB) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

// buffer is a writer that can be looked into while it is written to.
type buffer struct {
	mu   sync.Mutex
	cond *sync.Cond
	b    bytes.Buffer
}

func newBuffer() *buffer { b := &buffer{}; b.cond = sync.NewCond(&b.mu); return b }

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cond.Broadcast()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// await waits until the buffer holds text n times.
func (b *buffer) await(t *testing.T, text string, n int) {
	t.Helper()
	over := time.AfterFunc(watchdog, b.cond.Broadcast)
	defer over.Stop()
	deadline := time.Now().Add(watchdog)
	b.mu.Lock()
	defer b.mu.Unlock()
	for strings.Count(b.b.String(), text) < n {
		if time.Now().After(deadline) {
			t.Fatalf("no %q %d times within %v in %q", text, n, watchdog, b.b.String())
		}
		b.cond.Wait()
	}
}

// quickExit has programs under the race detector not wait a second at their end.
const quickExit = "GORACE=atexit_sleep_ms=0"

const watchdog = 45 * time.Second

// running is a job under test.
type running struct {
	t        *testing.T
	mark     string
	out, err *buffer
	signals  chan os.Signal
	result   chan result
}

type result struct {
	status Status
	err    error
}

// start runs a job of n ranks of this binary; change may change its spec.
func start(t *testing.T, n int, argv []string, change ...func(*Spec)) *running {
	t.Helper()
	r := &running{t: t, mark: t.Name() + strconv.Itoa(os.Getpid()), out: newBuffer(), err: newBuffer(), signals: make(chan os.Signal, 4), result: make(chan result, 1)}
	spec := Spec{
		Agent:   []string{self(t), asAgent},
		Argv:    append([]string{self(t), asRank}, argv...),
		N:       n,
		Env:     append(os.Environ(), marker+"="+r.mark, quickExit),
		Stdout:  r.out,
		Stderr:  r.err,
		Signals: r.signals,
		Logf:    t.Logf,
		Notice:  func(f string, a ...any) { t.Logf("notice: "+f, a...) },
	}
	for _, c := range change {
		c(&spec)
	}
	go func() {
		s, err := Run(context.Background(), spec)
		r.result <- result{s, err}
	}()
	return r
}

// wait waits for the end of the job and checks that nothing of it is left.
func (r *running) wait() (Status, error) {
	r.t.Helper()
	select {
	case x := <-r.result:
		if left := marked(r.t, r.mark); len(left) > 0 {
			r.t.Errorf("processes are left: %v", left)
		}
		return x.status, x.err
	case <-time.After(watchdog):
		r.signals <- syscall.SIGTERM
		r.signals <- syscall.SIGTERM
		panic(fmt.Sprintf("the job does not end; so far: %q, %q; processes: %v", r.out.String(), r.err.String(), marked(r.t, r.mark)))
	}
}

// run is start and wait.
func run(t *testing.T, n int, argv []string, change ...func(*Spec)) (*running, Status, error) {
	t.Helper()
	r := start(t, n, argv, change...)
	s, err := r.wait()
	return r, s, err
}

// marked finds the processes with this marker in their environment.
func marked(t testing.TB, mark string) (found []string) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err == nil && bytes.Contains(b, []byte(marker+"="+mark+"\x00")) {
			pid := filepath.Base(filepath.Dir(f))
			line, _ := os.ReadFile("/proc/" + pid + "/cmdline")
			found = append(found, pid+" "+strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return found
}

// launcherMain is a launcher in a process of its own, to be killed.
func launcherMain(args []string) int {
	exe, err := os.Executable()
	if err != nil {
		return 1
	}
	n, _ := strconv.Atoi(args[0])
	s, err := Run(context.Background(), Spec{
		Agent:  []string{exe, asAgent},
		Argv:   args[1:],
		N:      n,
		Env:    os.Environ(),
		Stdout: os.Stdout,
		Stderr: os.Stderr,
		Logf:   func(f string, a ...any) { fmt.Fprintf(os.Stderr, f+"\n", a...) },
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	return s.Code
}
