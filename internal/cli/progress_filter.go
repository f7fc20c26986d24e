package cli

import (
	"bytes"
	"io"
)

// progressFilter passes the standard error of ranks on, and takes the progress
// lines out of it for show. It is written whole lines, any number at a time.
type progressFilter struct {
	w    io.Writer
	show progressFunc
}

func (f *progressFilter) Write(p []byte) (int, error) {
	if !bytes.Contains(p, []byte(progressPrefix)) {
		return f.w.Write(p)
	}
	var rest []byte
	for line := range bytes.Lines(p) {
		if done, total, ok := parseProgress(string(bytes.TrimSuffix(line, []byte("\n")))); ok {
			f.show(done, total)
		} else {
			rest = append(rest, line...)
		}
	}
	if len(rest) > 0 {
		if _, err := f.w.Write(rest); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}
