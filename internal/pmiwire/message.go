package pmiwire

import (
	"fmt"
	"strconv"
	"strings"
)

// Pair is one key=value.
type Pair struct{ Key, Value string }

// Message is one line of PMI-1.
type Message struct {
	// Cmd is the value of cmd, or of mcmd when Multi is set.
	Cmd string
	// Multi is set for the first line of a message of several lines
	// (mcmd=spawn): the lines after it are ParseMultiLine's, up to endcmd.
	Multi bool
	// Pairs are the others, in order. Keys do not repeat.
	Pairs []Pair
}

// Get returns the value of key.
func (m Message) Get(key string) (string, bool) {
	for _, p := range m.Pairs {
		if p.Key == key {
			return p.Value, true
		}
	}
	return "", false
}

// Int returns the number under key, which may be negative.
func (m Message) Int(key string) (int, error) {
	s, ok := m.Get(key)
	if !ok {
		return 0, fmt.Errorf("pmi: %s has no %s", m.Cmd, key)
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0, fmt.Errorf("pmi: %s: %s=%.32q is not a number", m.Cmd, key, s)
	}
	return n, nil
}

// text names the key, if any, whose value may hold blanks and '=' and runs to
// the end of the line once the keys that must come before it have been read.
func text(cmd string) (key string, after []string) {
	switch cmd {
	case "put":
		return "value", []string{"kvsname", "key"}
	case "abort":
		return "message", []string{"exitcode"}
	}
	return "", nil
}

// Parse reads one line; its newline may be there or not. Keys come in any
// order, with any number of blanks between pairs. A word without '=' continues
// the value before it (servers send msg=several words). The value of put, and
// the message of abort, run to the end of the line when they come last.
func Parse(line string) (Message, error) {
	line = strings.TrimSuffix(line, "\n")
	if len(line) > MaxLine {
		return Message{}, fmt.Errorf("pmi: line of %d bytes is longer than %d, beginning %.32q", len(line), MaxLine, line)
	}
	for i := 0; i < len(line); i++ {
		if c := line[i]; c < ' ' && c != '\t' || c == 0x7f {
			return Message{}, fmt.Errorf("pmi: byte %q at %d of %.64q is not text", c, i, line)
		}
	}
	var m Message
	command := false // cmd or mcmd was read
	start := -1      // of the last pair's value in line, if words may continue it
	for pos := 0; ; {
		for pos < len(line) && blank(line[pos]) {
			pos++
		}
		if pos == len(line) {
			break
		}
		end := pos
		for end < len(line) && !blank(line[end]) {
			end++
		}
		eq := strings.IndexByte(line[pos:end], '=')
		if eq <= 0 {
			if start < 0 {
				return Message{}, fmt.Errorf("pmi: %.32q in %.64q is not key=value", line[pos:end], line)
			}
			m.Pairs[len(m.Pairs)-1].Value = line[start:end]
			pos = end
			continue
		}
		key, at := line[pos:pos+eq], pos+eq+1
		if key == "cmd" || key == "mcmd" {
			if command {
				return Message{}, fmt.Errorf("pmi: %.64q has two commands", line)
			}
			command, start = true, -1
			m.Cmd, m.Multi = line[at:end], key == "mcmd"
			if m.Cmd == "" {
				return Message{}, fmt.Errorf("pmi: %.64q has an empty command", line)
			}
			pos = end
			continue
		}
		if _, ok := m.Get(key); ok {
			return Message{}, fmt.Errorf("pmi: %.64q has %.32q twice", line, key)
		}
		if command && !m.Multi && m.runsToEnd(key) {
			end = len(line)
			for end > at && blank(line[end-1]) {
				end--
			}
		}
		m.Pairs = append(m.Pairs, Pair{key, line[at:end]})
		start, pos = at, end
		if end > at && end == len(line) {
			break
		}
	}
	if !command {
		return Message{}, fmt.Errorf("pmi: %.64q has no cmd", line)
	}
	m.textLast()
	return m, nil
}

func blank(c byte) bool { return c == ' ' || c == '\t' }

// runsToEnd tells whether key is the text of m, and comes last.
func (m Message) runsToEnd(key string) bool {
	t, after := text(m.Cmd)
	if t != key {
		return false
	}
	for _, k := range after {
		if _, ok := m.Get(k); !ok {
			return false
		}
	}
	return true
}

// textLast moves the text of m to the end, where Format can write it.
func (m Message) textLast() {
	if m.Multi {
		return
	}
	key, _ := text(m.Cmd)
	for i, p := range m.Pairs {
		if p.Key == key {
			copy(m.Pairs[i:], m.Pairs[i+1:])
			m.Pairs[len(m.Pairs)-1] = p
			return
		}
	}
}

// Format writes m as one line with its newline. It refuses what Parse would not
// read back as m.
func (m Message) Format() (string, error) {
	var b strings.Builder
	if m.Multi {
		b.WriteByte('m')
	}
	b.WriteString("cmd=")
	b.WriteString(m.Cmd)
	for _, p := range m.Pairs {
		b.WriteByte(' ')
		b.WriteString(p.Key)
		b.WriteByte('=')
		b.WriteString(p.Value)
	}
	line := b.String()
	if strings.HasSuffix(line, "\n") {
		return "", fmt.Errorf("pmi: %.64q has a newline of its own", line)
	}
	back, err := Parse(line)
	if err != nil {
		return "", err
	}
	if !back.equal(m) {
		return "", fmt.Errorf("pmi: %.64q would be read as something else: a blank, a '=' or the order is wrong", line)
	}
	return line + "\n", nil
}

func (m Message) equal(o Message) bool {
	if m.Cmd != o.Cmd || m.Multi != o.Multi || len(m.Pairs) != len(o.Pairs) {
		return false
	}
	for i, p := range m.Pairs {
		if p != o.Pairs[i] {
			return false
		}
	}
	return true
}

// ParseMultiLine reads a line after the first of a message of several lines:
// one pair whose value runs to the end of the line, or endcmd (end is true).
// There are no blanks around the key.
func ParseMultiLine(line string) (p Pair, end bool, err error) {
	line = strings.TrimSuffix(line, "\n")
	if line == "endcmd" {
		return Pair{}, true, nil
	}
	if len(line) > MaxLine {
		return Pair{}, false, fmt.Errorf("pmi: line of %d bytes is longer than %d, beginning %.32q", len(line), MaxLine, line)
	}
	key, value, ok := strings.Cut(line, "=")
	if !ok || key == "" || strings.ContainsAny(line, "\n\x00") {
		return Pair{}, false, fmt.Errorf("pmi: %.64q is neither key=value nor endcmd", line)
	}
	return Pair{key, value}, false, nil
}
