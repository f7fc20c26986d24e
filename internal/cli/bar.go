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

const (
	barWidth      = 30 // where there is room
	terminalWidth = 80 // of a terminal that does not tell
)

// line is what the bar looks like at a time, on a terminal of so many columns,
// whose last one stays free: a full line would wrap, and could not be erased.
func (b bar) line(now time.Time, columns int) string {
	part := float64(b.done) / float64(b.total)
	share, count := fmt.Sprintf("items %3.0f%% ", 100*part), fmt.Sprintf("%d/%d", b.done, b.total)
	if part > 0 {
		left := time.Duration(float64(now.Sub(b.began)) * (1 - part) / part)
		count += fmt.Sprintf(", %v left", left.Round(time.Second))
	}
	room := max(columns-1, 0)
	if width := min(barWidth, room-len(share)-len("[] ")-len(count)); width > 0 {
		filled := int(part * float64(width))
		share += "[" + strings.Repeat("#", filled) + strings.Repeat(" ", width-filled) + "] "
	}
	s := share + count
	return s[:min(len(s), room)]
}
