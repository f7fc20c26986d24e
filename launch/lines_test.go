package launch

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// linesTest is a writer with streams of some ranks, and a clock that it turns itself.
type linesTest struct {
	*lines
	out   bytes.Buffer
	s     []*lineStream
	now   time.Time
	taken map[*lineStream]int
}

func newLinesTest(ranks int, labels bool) *linesTest {
	l := &linesTest{now: time.Unix(0, 0), taken: map[*lineStream]int{}}
	l.lines = &lines{w: &l.out, labels: labels, taken: func(s *lineStream, n int) { l.taken[s] += n }}
	for r := range ranks {
		l.s = append(l.s, &lineStream{rank: r})
	}
	return l
}

func (l *linesTest) do(step string) {
	switch rank, text, found := strings.Cut(step, " "); {
	case step == "idle":
		l.now = l.now.Add(idle)
		l.rest(l.now)
	case step == "patience":
		l.now = l.now.Add(patience)
		l.rest(l.now)
	case step == "soon":
		l.now = l.now.Add(idle / 2)
		l.rest(l.now)
	case found:
		l.add(l.s[rank[0]-'0'], []byte(text), l.now)
	default:
		l.end(l.s[rank[0]-'0'])
	}
}

func TestLines(t *testing.T) {
	long := strings.Repeat("L", longLine)
	grows := slices.Repeat([]string{"0 .", "soon"}, 200) // a bar that shows progress
	for _, c := range []struct {
		name, want string
		labels     bool
		steps      []string // "RANK text", "RANK" for its end, "soon", "idle", "patience"
	}{
		{"lines of two", "a\nb\nc\n", false, []string{"0 a\n", "1 b\n", "0 c\n"}},
		{"a line in pieces", "b\nabc\n", false, []string{"0 a", "1 b\n", "0 bc\n"}},
		{"a line and a half", "a\nc\nb\n", false, []string{"0 a\nb", "1 c\n", "0 \n"}},
		{"no newline at the end", "ab", false, []string{"0 a", "0 b", "0"}},
		{"nobody's newline is invented at the end", "a\nb", false, []string{"0 a", "1 b", "0", "1"}},
		{"empty lines", "\n\n\n", false, []string{"0 \n\n", "1 \n"}},
		{"a prompt is shown when idle", "name? ", false, []string{"0 name? ", "idle"}},
		{"not before", "", false, []string{"0 name? ", "soon"}},
		{"also while it grows", "name? ", false, []string{"0 name", "soon", "0 ? ", "soon"}},
		{"a prompt goes on", "name? bob\n", false, []string{"0 name? ", "idle", "0 bob\n"}},
		{"others wait for a line that goes on", "name? bob\nx\n", false, []string{"0 name? ", "idle", "0 b", "1 x\n", "0 ob\n"}},
		{"also when it pauses", "name? bob\nx\n", false, []string{"0 name? ", "idle", "1 x\n", "idle", "0 bob\n"}},
		{"an idle line is broken", "name? \nx\n", false, []string{"0 name? ", "idle", "1 x\n", "patience"}},
		{"and goes on in a line of its own", "name? \nx\nbob\n", false, []string{"0 name? ", "idle", "1 x\n", "patience", "0 bob\n"}},
		{"a line that grows is not", strings.Repeat(".", 99), false, slices.Concat([]string{"0 .", "idle", "1 x\n"}, grows[:2*98])},
		{"but not for ever", strings.Repeat(".", 101) + "\nx\n.", false, slices.Concat([]string{"0 .", "idle", "1 x\n"}, grows[:2*100], []string{"0 .", "idle"})},
		{"a long line goes out in pieces", long + "end\n", false, []string{"0 " + long, "0 end\n"}},
		{"others wait for a long line", long + "end\nx\n", false, []string{"0 " + long, "1 x\n", "0 end\n"}},
		{"but not when it is idle", long + "\nx\nend\n", false, []string{"0 " + long, "1 x\n", "patience", "0 end\n"}},
		{"nor when it has ended", long + "\nx\n", false, []string{"0 " + long, "1 x\n", "0"}},
		{"those who wait keep their own order", "p\ny1\ny2\nz1\n", false, []string{"0 p", "idle", "0 ", "1 y1\n", "2 z1\n", "1 y2\n", "0 \n"}},
		{"labels", "[0] a\n[1] b\n[1] c\n", true, []string{"0 a\n", "1 b\nc\n"}},
		{"labels of pieces", "[0] ab\n[1] c", true, []string{"0 a", "0 b\n", "1 c", "1"}},
		{"a label once a line", "[0] name? bob\n", true, []string{"0 name? ", "idle", "0 bob\n"}},
		{"and again when it was broken", "[0] name? \n[1] x\n[0] bob\n", true, []string{"0 name? ", "idle", "1 x\n", "patience", "0 bob\n"}},
		{"a label on an empty line", "[1] \n", true, []string{"1 \n"}},
		{"a long line has one label", "[0] " + long + "end\n", true, []string{"0 " + long, "0 end\n"}},
	} {
		l := newLinesTest(3, c.labels)
		for _, s := range c.steps {
			l.do(s)
		}
		if got := l.out.String(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, shorten(got), shorten(c.want))
		}
	}
}

func shorten(s string) string {
	return fmt.Sprintf("%q", strings.ReplaceAll(s, strings.Repeat("L", longLine), "<long>"))
}

// TestLinesRandom: whatever comes in whatever pieces, every rank's bytes are all
// there and in order, no line mixes ranks, and what is buffered is bounded.
func TestLinesRandom(t *testing.T) {
	for seed := range uint64(15) {
		rnd := rand.New(rand.NewPCG(seed, 0))
		const ranks = 4
		l := newLinesTest(ranks, false)
		var sent [ranks][]byte
		for range 300 {
			r := rnd.IntN(ranks)
			if rnd.IntN(20) == 0 {
				l.do([]string{"idle", "patience"}[rnd.IntN(2)])
				continue
			}
			s := l.s[r]
			piece := bytes.Repeat([]byte{byte('a' + r)}, rnd.IntN(1+[]int{1, 30, chunk}[rnd.IntN(3)]))
			for range rnd.IntN(3) {
				if len(piece) > 0 {
					piece[rnd.IntN(len(piece))] = '\n'
				}
			}
			if room := window - (len(sent[r]) - l.taken[s]); len(piece) > room {
				piece = piece[:room] // without credit nothing comes
			}
			sent[r] = append(sent[r], piece...)
			l.add(s, piece, l.now)
			if len(s.buf) > window {
				t.Fatalf("seed %d: %d bytes are kept", seed, len(s.buf))
			}
		}
		for r := range ranks {
			l.end(l.s[r])
		}
		var got [ranks][]byte
		for line := range bytes.Lines(l.out.Bytes()) {
			text := bytes.TrimSuffix(line, []byte("\n"))
			if len(text) == 0 {
				continue
			}
			if bytes.Count(text, text[:1]) != len(text) {
				t.Fatalf("seed %d: a line has other letters than %c", seed, text[0])
			}
			got[text[0]-'a'] = append(got[text[0]-'a'], text...)
		}
		for r := range ranks {
			want := bytes.ReplaceAll(sent[r], []byte("\n"), nil)
			if !bytes.Equal(got[r], want) {
				t.Fatalf("seed %d: rank %d wrote %d letters, %d came out", seed, r, len(want), len(got[r]))
			}
			if l.taken[l.s[r]] != len(sent[r]) {
				t.Fatalf("seed %d: rank %d has no credit back for %d bytes", seed, r, len(sent[r])-l.taken[l.s[r]])
			}
		}
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("broken") }

// TestLinesBrokenWriter: credit comes back, so that ranks do not hang.
func TestLinesBrokenWriter(t *testing.T) {
	l := newLinesTest(1, false)
	l.w = brokenWriter{}
	for range 10 {
		l.add(l.s[0], bytes.Repeat([]byte("x\n"), 100), l.now)
	}
	if l.err == nil || l.taken[l.s[0]] != 2000 {
		t.Errorf("%v, %d bytes taken", l.err, l.taken[l.s[0]])
	}
}

func TestFrames(t *testing.T) {
	var b bytes.Buffer
	b.WriteString(preamble)
	w := frameWriter{w: &b}
	big := bytes.Repeat([]byte("x"), 3*window)
	for _, body := range [][]byte{nil, []byte("a"), big} {
		if err := w.write(kOutput, streamHead(7, 2), body); err != nil {
			t.Fatal(err)
		}
	}
	r := newFrameReader(&b)
	if err := expect(r.r); err != nil {
		t.Fatal(err)
	}
	for _, want := range [][]byte{nil, []byte("a"), big} {
		k, body, err := r.next()
		rank, stream, rest, perr := parseStream(body)
		if err != nil || perr != nil || k != kOutput || rank != 7 || stream != 2 || !bytes.Equal(rest, want) {
			t.Fatalf("%q, rank %d stream %d, %d bytes: %v, %v", k, rank, stream, len(rest), err, perr)
		}
	}
}

func FuzzFrames(f *testing.F) {
	f.Add([]byte("\x01\x00\x00\x00O1"))
	f.Add([]byte("\xff\xff\xff\xffO1"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := newFrameReader(bytes.NewReader(b))
		for {
			k, body, err := r.next()
			if err != nil {
				return
			}
			if _, _, rest, err := parseStream(body); err == nil && len(rest) > len(b) {
				t.Fatal("bytes out of nowhere")
			}
			_ = k
		}
	})
}

func BenchmarkLines(b *testing.B) {
	l := newLinesTest(2, false)
	piece := bytes.Repeat([]byte(strings.Repeat("x", 79)+"\n"), 400)
	b.SetBytes(int64(len(piece)))
	for i := 0; b.Loop(); i++ {
		l.out.Reset()
		l.add(l.s[i%2], piece, l.now)
	}
}

func TestSignalsFirst(t *testing.T) {
	got := signalsFirst([]reaped{{0, 0x100}, {1, 9}, {2, 0}, {3, 15}})
	var ranks []int
	for _, x := range got {
		ranks = append(ranks, x.rank)
	}
	if !slices.Equal(ranks, []int{1, 3, 0, 2}) {
		t.Errorf("%v", ranks)
	}
}
