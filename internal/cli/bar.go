package cli

import (
	"fmt"
	"strings"
	"time"
)

// bar is one line at the foot of a terminal. A library's brought the net/http
// package into every rank, 5 MB and 1 ms a process, for these few lines.
type bar struct {
	began       time.Time
	done, total int
}

// eraseLine takes the cursor's line away (ECMA-48: EL) and goes back to its start.
const eraseLine = "\x1b[2K\r"

const barWidth = 30

// line is what the bar looks like at a time: at most 79 columns.
func (b bar) line(now time.Time) string {
	part := float64(b.done) / float64(b.total)
	filled := int(part * barWidth)
	s := fmt.Sprintf("items %3.0f%% [%s%s] %d/%d", 100*part, strings.Repeat("#", filled), strings.Repeat(" ", barWidth-filled), b.done, b.total)
	if part > 0 {
		left := time.Duration(float64(now.Sub(b.began)) * (1 - part) / part)
		s += fmt.Sprintf(", %v left", left.Round(time.Second))
	}
	return s[:min(len(s), 79)]
}
