package hostfile

import (
	"strconv"
	"strings"
)

const countList = "task counts"

// ExpandCounts expands counts as Slurm writes them, one a node with repeats
// folded: 2(x3),1 is 2, 2, 2, 1. There may be more counts than a step has
// nodes: the rest is for the caller to cut.
func ExpandCounts(list string) ([]int, error) {
	if list == "" {
		return nil, nil
	}
	var counts []int
	for pos := 0; ; {
		n, end, err := parseCount(list, pos)
		if err != nil {
			return nil, err
		}
		pos = end
		repeat := 1
		if strings.HasPrefix(list[pos:], "(x") {
			at := pos + 2
			repeat, pos, err = parseCount(list, at)
			if err != nil {
				return nil, err
			}
			if repeat == 0 || repeat > MaxNodes-len(counts) {
				return nil, errorAt(countList, list, at, "repeats %d times; 1 to %d are possible", repeat, MaxNodes-len(counts))
			}
			if pos == len(list) || list[pos] != ')' {
				return nil, errorAt(countList, list, at-2, `"(" without ")"`)
			}
			pos++
		}
		if len(counts)+repeat > MaxNodes {
			return nil, errorAt(countList, list, pos, "more than %d counts", MaxNodes)
		}
		for range repeat {
			counts = append(counts, n)
		}
		if pos == len(list) {
			return counts, nil
		}
		if list[pos] != ',' {
			return nil, errorAt(countList, list, pos, "unexpected %q; counts are like 2(x3),1", list[pos])
		}
		pos++
	}
}

func parseCount(list string, pos int) (n, end int, err error) {
	for end = pos; end < len(list) && '0' <= list[end] && list[end] <= '9'; end++ {
	}
	n, err = strconv.Atoi(list[pos:end])
	if err != nil || n > maxSlots {
		return 0, 0, errorAt(countList, list, pos, "%.32q is not a number up to %d", list[pos:end], maxSlots)
	}
	return n, end, nil
}

// FormatCounts writes what ExpandCounts reads, repeats folded.
func FormatCounts(counts []int) string {
	var b strings.Builder
	for i := 0; i < len(counts); {
		j := i + 1
		for j < len(counts) && counts[j] == counts[i] {
			j++
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Itoa(counts[i]))
		if j-i > 1 {
			b.WriteString("(x" + strconv.Itoa(j-i) + ")")
		}
		i = j
	}
	return b.String()
}
