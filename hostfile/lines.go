package hostfile

import "strings"

// text is what one file or variable holds, being read.
type text struct {
	name string // of the file or variable, for errors
	s    string
}

func (t text) errorAt(offset int, format string, args ...any) *Error {
	return errorAt(t.name, t.s, offset, format, args...)
}

// byteOrderMark is what some editors put before a text.
const byteOrderMark = "\xef\xbb\xbf"

// lines goes over the offsets at which lines begin and end. Line ends are LF or
// CRLF, and the last one may be missing.
func (t text) lines(yield func(start, end int) bool) {
	start := 0
	if strings.HasPrefix(t.s, byteOrderMark) {
		start = len(byteOrderMark)
	}
	for start < len(t.s) {
		end, next := len(t.s), len(t.s)
		if i := strings.IndexByte(t.s[start:], '\n'); i >= 0 {
			end, next = start+i, start+i+1
		}
		if end > start && t.s[end-1] == '\r' {
			end--
		}
		if !yield(start, end) {
			return
		}
		start = next
	}
}

// word finds the next word of t.s[pos:end]; from == to says that there is none.
func (t text) word(pos, end int) (from, to int) {
	from = t.skip(pos, end)
	for to = from; to < end && !white(t.s[to]); to++ {
	}
	return from, to
}

// skip goes over white space.
func (t text) skip(pos, end int) int {
	for pos < end && white(t.s[pos]) {
		pos++
	}
	return pos
}

func white(c byte) bool { return c == ' ' || c == '\t' || c == '\f' || c == '\v' }

// target is the word t.s[from:to] as a host's item.
func (t text) target(from, to int) target { return target{t.name, t.s, from, to} }
