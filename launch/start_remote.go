package launch

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"numcomp/hostfile"
)

// remoteStart is how relays on other hosts are started. It goes down the tree
// with the relays, each of which starts others.
type remoteStart struct {
	Starter string   // of the table
	Args    []string // for the starter's command
	// Program is the program's path on the launcher's machine, the first place
	// where a host looks for it. Words make it a relay.
	Program string
	Words   []string
	// Stage says to copy the program to hosts that do not have the very same one.
	Stage bool
	// Timeout is what one host's start may take.
	Timeout time.Duration
}

// start starts a relay on a host: a shell there (sh), by the starter's command,
// that is told on its standard input what to do, so that nothing of the job is on
// any command line, and no other shell's quoting is to be known.
func (s *remoteStart) start(f *forker, env []string, host hostfile.Host, own func() (image, error)) (*agentProcess, error) {
	by, err := starterNamed(s.Starter)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(host.Name, "-") {
		return nil, errors.New("a host's name does not begin with -")
	}
	var m image
	if s.Stage {
		if m, err = own(); err != nil {
			return nil, err
		}
	}
	if by.env != nil {
		env = by.env(env)
	}
	argv := by.argv(s, host)
	path, _, err := lookPath(argv[0], "/", env)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(path, argv[1:]...)
	cmd.Env = env
	// Should this process be killed, nothing waits for a host that does not answer.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	p, err := pipes(cmd)
	if err != nil {
		return nil, err
	}
	if err := f.do(cmd.Start); err != nil {
		return nil, err
	}
	p.pid = cmd.Process.Pid
	p.kill = func() {
		if cmd.Process.Signal(syscall.Signal(0)) == nil { // not yet waited for
			syscall.Kill(-p.pid, syscall.SIGKILL)
		}
	}
	p.open = func(r *bufio.Reader, w io.Writer) error { return s.open(r, w, m) }
	return p, nil
}

// StageError is a host that could not be given the program.
type StageError struct{ Text string }

func (e *StageError) Error() string {
	s := "numcomp cannot be put there: " + e.Text
	for _, c := range []struct{ sign, advice string }{
		{"No space left", "free space, set XDG_CACHE_HOME there to a folder on another disk, or install numcomp there and say --stage=false"},
		{"quota", "free space, or set XDG_CACHE_HOME there to a folder on another disk"},
		{"Read-only", "set XDG_CACHE_HOME there to a folder that can be written"},
		{"ermission denied", "set XDG_CACHE_HOME there to a folder that can be written"},
		{"there is no program", "install it there, or let it be copied: --stage"},
	} {
		if strings.Contains(e.Text, c.sign) {
			return s + "; " + c.advice
		}
	}
	return s
}

const stageWord = "numcomp stage: "

// open tells the shell what to do, sends the program if it is asked for, and
// reads up to the relay's preamble.
func (s *remoteStart) open(r *bufio.Reader, w io.Writer, m image) error {
	// A shell that is gone cannot be told; reading says why it is.
	io.WriteString(w, s.script(m))
	return skipTo(r, preamble, func(line string) (bool, error) {
		word, ours := strings.CutPrefix(strings.TrimSuffix(line, "\n"), stageWord)
		switch {
		case !ours:
			return false, nil
		case word == "send":
			if err := m.copyTo(w); err != nil && !errors.Is(err, syscall.EPIPE) {
				return true, err
			}
		case strings.HasPrefix(word, "fail "):
			return true, &StageError{strings.TrimSpace(strings.TrimPrefix(word, "fail "))}
		}
		return true, nil
	})
}

// script is one compound command: a shell that reads its script byte by byte and
// one that reads ahead both have it whole before they run it, and nothing comes
// after it until they ask.
func (s *remoteStart) script(m image) string {
	stage := ""
	if s.Stage {
		stage = "yes"
	}
	var words []string
	for _, w := range s.Words {
		words = append(words, shellQuote(w))
	}
	body := strings.ReplaceAll(remoteScript, "$command", strings.Join(words, " "))
	return fmt.Sprintf("{\nprogram=%s sum=%s size=%d stage=%s\n%s}\n", shellQuote(s.Program), m.sum, m.size, stage, body)
}

func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// pipes gives cmd pipes for its three streams.
func pipes(cmd *exec.Cmd) (*agentProcess, error) {
	cmd.WaitDelay = afterExit
	said := &tail{}
	cmd.Stderr = said
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		stdin.Close()
		return nil, err
	}
	return &agentProcess{stdin: stdin, stdout: stdout, wait: cmd.Wait, said: said.String}, nil
}
