package launch

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Launcher and agent talk in frames over the agent's standard input and output,
// which ssh or srun can carry unchanged. Wire format, little-endian:
//
//	+--------------+--------+----------------+
//	| length: 4 B  | kind:1 | body: length B |
//	+--------------+--------+----------------+
//
// The agent says preamble before its first frame, so that the greeting of a
// login script is told apart from an agent. Neither side waits for the other
// with frames unread: both always read, and what could pile up (output, input)
// is sent only within the credit that the receiver gives.
type kind byte

// Frames of the agent. Those with a JSON body name its type.
const (
	kHello       kind = 'H' // hello
	kStarted     kind = 'S' // rank, pid: 4 B each
	kOutput      kind = 'O' // rank: 4 B, stream: 1 B, bytes
	kOutputEnd   kind = 'Z' // rank: 4 B, stream: 1 B
	kExit        kind = 'X' // exit
	kFailure     kind = 'P' // failure
	kFence       kind = 'F' // []pair: every local rank is in the barrier; what they put
	kStdinCredit kind = 'I' // 4 B
	kStdinClosed kind = 'J' // rank 0 reads no more
	kNotice      kind = 'N' // text
	kDone        kind = 'D' // every rank is gone, and all output was sent
)

// Frames of relays, which hand on those of agents (relay.go).
const (
	kFrom kind = 'R' // number in the tree: 4 B, kind: 1 B, body: a frame from there
	kGone kind = 'G' // gone
)

// Frames of the launcher.
const (
	kPlan         kind = 'g' // plan
	kStdin        kind = 'i' // bytes
	kStdinEnd     kind = 'e'
	kOutputCredit kind = 'c' // rank: 4 B, stream: 1 B, n: 4 B
	kFenceDone    kind = 'f' // []pair: of all agents
	kTerminate    kind = 't' // signal: 4 B; SIGKILL follows after the plan's grace
	kKill         kind = 'k' // SIGKILL now
	kSignal       kind = 's' // signal: 4 B, for every rank
)

// Frames of the launcher for relays.
const (
	kTo     kind = 'r' // number in the tree: 4 B, kind: 1 B, body: a frame for there
	kBranch kind = 'b' // branch
	kPing   kind = 'p' // the launcher is there
	kPause  kind = 'z' // no ping comes until the next one
)

const (
	preamble    = "numcomp agent 1\n"
	frameHeader = 5
	// maxFrame bounds a frame; a plan with a large environment is the longest.
	maxFrame = 64 << 20
	// window is how much output of one stream, or input, is under way at most
	// between agent and launcher: the credit at the start.
	window = 64 << 10
	// chunk is the most that one frame carries of it.
	chunk = 32 << 10
)

// frameWriter writes frames. Each is one Write.
type frameWriter struct {
	w   io.Writer
	buf []byte
}

func (f *frameWriter) write(k kind, parts ...[]byte) error {
	f.buf = binary.LittleEndian.AppendUint32(f.buf[:0], 0)
	f.buf = append(f.buf, byte(k))
	for _, p := range parts {
		f.buf = append(f.buf, p...)
	}
	binary.LittleEndian.PutUint32(f.buf, uint32(len(f.buf)-frameHeader))
	_, err := f.w.Write(f.buf)
	if cap(f.buf) > 4*window {
		f.buf = nil
	}
	return err
}

// frameReader reads frames.
type frameReader struct {
	r   *bufio.Reader
	buf []byte
}

func newFrameReader(r io.Reader) *frameReader {
	return &frameReader{r: bufio.NewReaderSize(r, window)}
}

// next returns a frame; its body holds until the next call. At the end it is io.EOF.
func (f *frameReader) next() (kind, []byte, error) {
	var head [frameHeader]byte
	if _, err := io.ReadFull(f.r, head[:]); err != nil {
		return 0, nil, err
	}
	n := binary.LittleEndian.Uint32(head[:])
	if n > maxFrame {
		return 0, nil, fmt.Errorf("frame %q of %d bytes is longer than %d", head[4], n, maxFrame)
	}
	if cap(f.buf) < int(n) || cap(f.buf) > 4*window {
		f.buf = make([]byte, n)
	}
	f.buf = f.buf[:n]
	if _, err := io.ReadFull(f.r, f.buf); err != nil {
		return 0, nil, io.ErrUnexpectedEOF
	}
	return kind(head[4]), f.buf, nil
}

// maxNoise bounds what login scripts may print before an agent speaks.
const maxNoise = 64 << 10

// expect reads up to and with the preamble. Lines before it, which login scripts
// print, are skipped.
func expect(r *bufio.Reader) error { return skipTo(r, preamble, nil) }

// skipTo reads lines until one is want. Each other goes to see, if that is not
// nil, which says whether it was for it.
func skipTo(r *bufio.Reader, want string, see func(line string) (bool, error)) error {
	noise := ""
	for read := 0; read < maxNoise; {
		line, err := r.ReadSlice('\n')
		read += len(line)
		if string(line) == want {
			return nil
		}
		if see != nil && err == nil {
			ours, err := see(string(line))
			if err != nil {
				return err
			}
			if ours {
				continue
			}
		}
		if noise == "" {
			noise = strings.TrimSpace(string(line[:min(len(line), 200)]))
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull): // part of a long line
		case err != nil && noise != "":
			return fmt.Errorf("it ended after %q, not as an agent does: another version, or a login script that prints", noise)
		case err != nil:
			return err
		}
	}
	return fmt.Errorf("it begins with %q and goes on so, not as an agent does", noise)
}

// The integers of a body. A body that is too short is the other side's fault and
// ends the conversation.

func numbers32(v ...uint32) []byte {
	b := make([]byte, 0, 4*len(v))
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, x)
	}
	return b
}

func parse32(body []byte, n int) ([]uint32, error) {
	if len(body) != 4*n {
		return nil, fmt.Errorf("frame of %d bytes instead of %d", len(body), 4*n)
	}
	v := make([]uint32, n)
	for i := range v {
		v[i] = binary.LittleEndian.Uint32(body[4*i:])
	}
	return v, nil
}

const streamHeader = 5

// streamHead names a stream of a rank: 1 is its standard output, 2 its standard error.
func streamHead(rank, stream int) []byte {
	return append(numbers32(uint32(rank)), byte(stream))
}

func parseStream(body []byte) (rank, stream int, rest []byte, err error) {
	if len(body) < streamHeader || body[4] != 1 && body[4] != 2 {
		return 0, 0, nil, fmt.Errorf("frame of %d bytes names no stream", len(body))
	}
	return int(binary.LittleEndian.Uint32(body)), int(body[4]), body[streamHeader:], nil
}

// hello is what an agent says first.
type hello struct {
	Host string
	PID  int
	// CPUs is how many the ranks there may use: affinity and cgroup considered.
	CPUs int
}

// plan is what an agent is to do. It comes over standard input, so that what is
// in it shows in no list of processes.
type plan struct {
	Job         string
	Size        int // of the world
	Node, Nodes int
	Ranks       []int  // of this node, ascending
	Mapping     string // of PMI
	Argv, Env   []string
	// Own is set when the program is this one: the agent's own file is run
	// instead of Argv[0], which is another machine's path.
	Own bool
	// Exports names variables that hold on every host; of the others, those
	// that belong to a host (HOME) are taken from the agent's environment when
	// Remote is set.
	Exports []string
	Remote  bool
	Wdir    string
	// AnyWdir is set when nobody has named Wdir: where it is missing, ranks run
	// in the home folder.
	AnyWdir bool
	// Bind is how ranks are bound to CPUs; Report says to tell it.
	Bind       Bind
	Report     bool
	OutputDir  string
	Stdin      bool // rank 0's standard input comes in frames
	GraceNanos int64
}

// pair is a key and a value that a rank put.
type pair struct{ Key, Value string }

// exit is a rank that is gone.
type exit struct {
	Rank, PID    int
	Code, Signal int
	// Why is what is known of the cause; it may be empty.
	Why string
	// Waited says that it waited in the PMI barrier, and Missing which ranks of
	// its node had not entered it.
	Waited  bool  `json:",omitempty"`
	Missing []int `json:",omitempty"`
}

// failure is a rank, or what was to be one, that ends the job without an exit of its own.
type failure struct {
	Rank, PID int
	Code      int    // the job's status
	Text      string // "could not be started: ..."
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("launch: a message cannot be encoded: " + err.Error())
	}
	return b
}
