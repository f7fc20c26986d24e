package hostfile

import (
	"fmt"
	"strings"
)

// Error is a text that does not follow its grammar.
type Error struct {
	Name      string // what was read: a file's name, or what the text is
	Line, Col int    // both count from 1; Col counts bytes
	Text      string // what is wrong
}

func (e *Error) Error() string { return fmt.Sprintf("%s:%d:%d: %s", e.Name, e.Line, e.Col, e.Text) }

// errorAt makes the Error for the byte at offset of text.
func errorAt(name, text string, offset int, format string, args ...any) *Error {
	before := text[:offset]
	return &Error{
		Name: name,
		Line: 1 + strings.Count(before, "\n"),
		Col:  offset - strings.LastIndexByte(before, '\n'),
		Text: fmt.Sprintf(format, args...),
	}
}
