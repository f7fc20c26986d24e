package hostfile

import (
	"strconv"
	"strings"
)

const (
	nodeList = "node list"
	// MaxNodes bounds what one list expands to: Slurm's limit of a range (64 Ki)
	// four times over.
	MaxNodes = 256 << 10
	// maxDigits keeps every number of a range below 2^63.
	maxDigits = 18
)

// ExpandNodeList expands a node list as Slurm writes it into names, in order,
// repeats included:
//
//	list   = [ item *( SEP item ) ]      SEP = 1*( "," | SP | TAB | LF )
//	item   = *( text [ "[" ranges "]" ] ) text
//	ranges = range *( "," range )
//	range  = lo [ "-" hi ]
//
// A number is printed with at least as many digits as its range's lo has, so
// [08-10] is 08, 09, 10 and [8-10] is 8, 9, 10. Of several brackets the last
// runs fastest, then the first, the second and so on: r[0-1]n[1-2] is r0n1, r0n2,
// r1n1, r1n2. The grammar and the order, by which counts and nodes are paired, are
// those of Slurm's src/common/hostlist.c; text after the last bracket is only
// known to newer releases. Features in braces and boxes ([000x133]), which only a
// controller can expand, are refused.
func ExpandNodeList(list string) ([]string, error) { return expand(list, false) }

// expand expands a list. Flux has one padding in a bracket, Slurm one in a range.
func expand(list string, onePadding bool) ([]string, error) {
	var names []string
	for pos := 0; pos < len(list); {
		if separator(list[pos]) {
			pos++
			continue
		}
		parts, end, err := parseItem(list, pos)
		if err != nil {
			return nil, err
		}
		n := 1
		for _, p := range parts {
			if p.size() > (MaxNodes-len(names))/n {
				return nil, errorAt(nodeList, list, pos, "expands to more than %d nodes", MaxNodes)
			}
			n *= p.size()
			if onePadding {
				padAlike(p.ranges)
			}
		}
		names = expandItem(names, parts)
		pos = end
	}
	return names, nil
}

// part is a piece of an item: text, then one bracket's ranges (none after the
// last text).
type part struct {
	text   string
	ranges []numbers
}

// numbers is one range, printed with at least width digits.
type numbers struct {
	lo, hi uint64
	width  int
}

// size is how many ways there are to write p.
func (p part) size() int {
	if p.ranges == nil {
		return 1
	}
	n := 0
	for _, r := range p.ranges {
		n += int(r.hi-r.lo) + 1
	}
	return n
}

func separator(c byte) bool { return c == ',' || c == ' ' || c == '\t' || c == '\n' }

// parseItem reads the item that begins at pos and tells where it ends.
func parseItem(list string, pos int) (parts []part, end int, err error) {
	length := 0 // of the longest name of the item, in bytes
	start := pos
	text := pos
	for ; pos < len(list) && !separator(list[pos]); pos++ {
		switch c := list[pos]; {
		case c == '[':
			ranges, after, width, err := parseRanges(list, pos)
			if err != nil {
				return nil, 0, err
			}
			length += pos - text + width
			parts = append(parts, part{list[text:pos], ranges})
			text = after
			pos = after - 1
		case c == ']':
			return nil, 0, errorAt(nodeList, list, pos, `"]" without "["`)
		case c == '{' || c == '}':
			return nil, 0, errorAt(nodeList, list, pos, "node features in braces can be expanded by Slurm's controller only: scontrol show hostnames does it")
		case c < ' ' || c > '~':
			return nil, 0, errorAt(nodeList, list, pos, "unexpected byte %q", c)
		}
	}
	length += pos - text
	if length > maxName {
		return nil, 0, errorAt(nodeList, list, start, "a node name of %d bytes is longer than %d", length, maxName)
	}
	return append(parts, part{text: list[text:pos]}), pos, nil
}

// parseRanges reads the bracket that opens at pos: its ranges, the offset after
// "]", and the most digits that one of its numbers takes.
func parseRanges(list string, pos int) (ranges []numbers, after, width int, err error) {
	open := pos
	total := 0
	for {
		pos++
		at := pos
		lo, next, err := parseNumber(list, pos, open)
		if err != nil {
			return nil, 0, 0, err
		}
		r := numbers{lo, lo, next - pos}
		pos = next
		if pos < len(list) && list[pos] == '-' {
			r.hi, next, err = parseNumber(list, pos+1, open)
			if err != nil {
				return nil, 0, 0, err
			}
			width = max(width, next-pos-1)
			pos = next
		}
		if r.lo > r.hi {
			return nil, 0, 0, errorAt(nodeList, list, at, "the range %s runs backwards", list[at:pos])
		}
		// Checked before the sum, which then cannot overflow.
		if r.hi-r.lo >= uint64(MaxNodes-total) {
			return nil, 0, 0, errorAt(nodeList, list, at, "expands to more than %d nodes", MaxNodes)
		}
		total += int(r.hi-r.lo) + 1
		width = max(width, r.width)
		ranges = append(ranges, r)
		switch {
		case pos == len(list):
			return nil, 0, 0, errorAt(nodeList, list, open, `"[" without "]"`)
		case list[pos] == ']':
			return ranges, pos + 1, width, nil
		case list[pos] == 'x':
			return nil, 0, 0, errorAt(nodeList, list, pos, `boxes such as [000x133] are not supported: scontrol show hostnames expands them`)
		case list[pos] != ',':
			return nil, 0, 0, errorAt(nodeList, list, pos, `unexpected %q in brackets; ranges are like [1-3,07]`, list[pos])
		}
	}
}

// parseNumber reads the digits at pos, in the bracket opened at open.
func parseNumber(list string, pos, open int) (n uint64, end int, err error) {
	for end = pos; end < len(list) && '0' <= list[end] && list[end] <= '9'; end++ {
	}
	switch {
	case end == pos && end == len(list):
		return 0, 0, errorAt(nodeList, list, open, `"[" without "]"`)
	case end == pos:
		return 0, 0, errorAt(nodeList, list, pos, "a number is missing before %q", list[pos])
	case end-pos > maxDigits:
		return 0, 0, errorAt(nodeList, list, pos, "a number of %d digits is longer than %d", end-pos, maxDigits)
	}
	n, err = strconv.ParseUint(list[pos:end], 10, 64)
	if err != nil {
		return 0, 0, errorAt(nodeList, list, pos, "%v", err)
	}
	return n, end, nil
}

// expandItem appends every name of an item: a counter over all the brackets.
func expandItem(names []string, parts []part) []string {
	type digit struct {
		r int    // index of the range
		v uint64 // its number
	}
	count := make([]digit, len(parts))
	order := make([]int, 1, len(parts)+1) // of the brackets, fastest first
	for i, p := range parts {
		if p.ranges != nil {
			count[i].v = p.ranges[0].lo
			order = append(order, i)
		}
	}
	order[0], order = order[len(order)-1], order[:max(len(order)-1, 1)]
	var b []byte
	for {
		b = b[:0]
		for i, p := range parts {
			b = append(b, p.text...)
			if p.ranges != nil {
				b = appendPadded(b, count[i].v, p.ranges[count[i].r].width)
			}
		}
		names = append(names, string(b))
		more := false
		for _, i := range order {
			p, d := parts[i], &count[i]
			if p.ranges == nil {
				break // there is no bracket
			}
			if d.v < p.ranges[d.r].hi {
				d.v++
				more = true
				break
			}
			if d.r+1 < len(p.ranges) {
				d.r++
				d.v = p.ranges[d.r].lo
				more = true
				break
			}
			*d = digit{0, p.ranges[0].lo}
		}
		if !more {
			return names
		}
	}
}

func appendPadded(b []byte, v uint64, width int) []byte {
	s := strconv.FormatUint(v, 10)
	for n := len(s); n < width; n++ {
		b = append(b, '0')
	}
	return append(b, s...)
}

// FormatNodeList writes names as a node list, consecutive names folded into
// ranges over the number at their end: n[01-03],login. ExpandNodeList and
// ExpandHostlist give the names back, and every release of Slurm reads it.
func FormatNodeList(names []string) string {
	var b strings.Builder
	for i := 0; i < len(names); {
		if i > 0 {
			b.WriteByte(',')
		}
		pre, first := splitNumber(names[i])
		lo := i
		var ranges []string
		for first != "" && i < len(names) {
			p, n := splitNumber(names[i])
			if p != pre || !paddedAlike(first, n) {
				break
			}
			end := rangeEnd(names[i:], pre, n)
			if end > 1 {
				_, hi := splitNumber(names[i+end-1])
				ranges = append(ranges, n+"-"+hi)
			} else {
				ranges = append(ranges, n)
			}
			i += end
		}
		switch {
		case i == lo:
			b.WriteString(names[i])
			i++
		case i == lo+1:
			b.WriteString(names[lo])
		default:
			b.WriteString(pre + "[" + strings.Join(ranges, ",") + "]")
		}
	}
	return b.String()
}

// maxRange is how many numbers Slurm takes in one range.
const maxRange = 64 << 10

// rangeEnd is how many of names, from the first, one range that begins at the
// number num writes.
func rangeEnd(names []string, pre, num string) int {
	v, err := strconv.ParseUint(num, 10, 64)
	if err != nil {
		return 1
	}
	for i := 1; i < len(names); i++ {
		next := string(appendPadded(nil, v+uint64(i), len(num)))
		if len(next) > maxDigits || names[i] != pre+next || i == maxRange {
			return i
		}
	}
	return len(names)
}

// paddedAlike tells whether n is printed in a bracket whose first number is first
// as it is written: there, Flux pads every number as the first one.
func paddedAlike(first, n string) bool {
	if n == "" {
		return false
	}
	if first[0] == '0' && len(first) > 1 {
		return len(n) == len(first) || len(n) > len(first) && n[0] != '0'
	}
	return n[0] != '0' || len(n) == 1
}

// splitNumber cuts the number at the end off name; num is empty where there is
// none that a range can hold.
func splitNumber(name string) (pre, num string) {
	start := len(name)
	for start > 0 && name[start-1] >= '0' && name[start-1] <= '9' {
		start--
	}
	if len(name)-start > maxDigits {
		return name, ""
	}
	return name[:start], name[start:]
}
