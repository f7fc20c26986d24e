package cli

import (
	"io"

	"golang.org/x/term"
)

// isTerminal tells whether w is a terminal.
func isTerminal(w io.Writer) bool {
	f, ok := w.(interface{ Fd() uintptr })
	return ok && term.IsTerminal(int(f.Fd()))
}

// columns is how wide a terminal is at this moment.
func columns(w io.Writer) int {
	if f, ok := w.(interface{ Fd() uintptr }); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			return width
		}
	}
	return terminalWidth
}

// terminal sets up the streams when standard error is a terminal, and tells
// whether errors may be coloured there (https://no-color.org).
func (p *process) terminal() (color bool) {
	kind, _ := p.env("TERM")
	if !isTerminal(p.stderr) || kind == "dumb" {
		return false
	}
	p.display = &display{terminal: p.stderr}
	p.stderr = p.display.writer(p.stderr)
	if isTerminal(p.stdout) {
		p.stdout = p.display.writer(p.stdout)
	}
	noColor, _ := p.env("NO_COLOR")
	return noColor == ""
}
