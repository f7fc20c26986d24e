package cli

import (
	"fmt"
	"io"
	"io/fs"
	"sync"
	"time"
)

// progressFunc is told how many of a run's items are done, those of all iterations
// together. A run ends with done == total, or without it when it fails.
type progressFunc func(done, total int)

// progressInterval is how often progress is told at most: it costs time that the
// job measures.
const progressInterval = 100 * time.Millisecond

// display keeps one progress bar at the foot of a terminal: whatever is written
// there by way of its writers stands above the bar.
type display struct {
	terminal io.Writer

	mu     sync.Mutex
	bar    *bar // nil when there is none
	within bool // the cursor is within a line that others wrote: no bar there
}

// Progress draws the bar, and removes it when all is done.
func (d *display) Progress(done, total int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if done >= total {
		d.remove()
		return
	}
	if d.bar == nil {
		d.bar = &bar{began: time.Now(), total: total}
	}
	d.bar.done = done
	d.draw()
}

// draw shows the bar where there is room for it. A terminal that went away is no
// reason to stop.
func (d *display) draw() {
	if d.bar != nil && !d.within {
		_, _ = io.WriteString(d.terminal, eraseLine+d.bar.line(time.Now(), columns(d.terminal)))
	}
}

// erase makes room.
func (d *display) erase() {
	if d.bar != nil && !d.within {
		_, _ = io.WriteString(d.terminal, eraseLine)
	}
}

// Remove takes the bar away, for a run that ends early.
func (d *display) Remove() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.remove()
}

func (d *display) remove() {
	d.erase()
	d.bar = nil
}

// writer writes to w, which shows on the display's terminal. The bar makes room for
// it, and waits for the end of a line that was begun.
func (d *display) writer(w io.Writer) io.Writer { return &aboveBar{d, w} }

type aboveBar struct {
	display *display
	w       io.Writer
}

func (a *aboveBar) Write(p []byte) (int, error) {
	d := a.display
	d.mu.Lock()
	defer d.mu.Unlock()
	d.erase()
	n, err := a.w.Write(p)
	if n > 0 {
		d.within = p[n-1] != '\n'
	}
	d.draw()
	return n, err
}

// progress is where this process shows progress: on its own terminal, at the
// launcher that has one, or, when nobody looks, nowhere (nil).
func (p *process) progress() progressFunc {
	if p.display != nil {
		return p.display.Progress
	}
	if wanted, _ := p.env(progressEnv); wanted == "1" && isPipe(p.stderr) {
		return func(done, total int) { _, _ = io.WriteString(p.stderr, progressLine(done, total)) }
	}
	return nil
}

// isPipe tells a launcher's pipe from a file to which a rank's standard error was
// redirected.
func isPipe(w io.Writer) bool {
	f, ok := w.(interface{ Stat() (fs.FileInfo, error) })
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&fs.ModeNamedPipe != 0
}

// itemsProgress makes of show what a job of that many iterations, the burns
// included, calls with an iteration's items; nil when nobody looks. The job
// never makes two calls at once.
func itemsProgress(show progressFunc, iterations int) func(iteration, done, total int) {
	if show == nil {
		return nil
	}
	var last time.Time
	return func(iteration, done, total int) {
		done, total = iteration*total+done, iterations*total
		if now := time.Now(); done == total || now.Sub(last) >= progressInterval {
			last = now
			show(done, total)
		}
	}
}

// A rank's standard error is a pipe to its launcher, which draws the bar when it
// has a terminal. The rank then tells its progress in lines of its standard
// error, so that they keep their place among its other lines; the launcher takes
// them out. They are application program commands (ECMA-48, APC), which
// terminals do not show, so one that slips through stays invisible.
const (
	progressEnv    = "NUMCOMP_PROGRESS" // "1": the launcher understands progress lines
	progressPrefix = "\x1b_numcomp progress "
	progressSuffix = "\x1b\\"
)

func progressLine(done, total int) string {
	return fmt.Sprintf("%s%d %d%s\n", progressPrefix, done, total, progressSuffix)
}

// parseProgress reads a line that progressLine made, without its line end.
func parseProgress(line string) (done, total int, ok bool) {
	n, err := fmt.Sscanf(line, progressPrefix+"%d %d"+progressSuffix, &done, &total)
	return done, total, n == 2 && err == nil && line+"\n" == progressLine(done, total) && total > 0
}
