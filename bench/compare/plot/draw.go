package main

import (
	"fmt"
	"image/color"
	"math"
	"os"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

const (
	width    = 9 * vg.Inch
	lineOf   = 0.21 * vg.Inch // height of a line: a program, a row's title, or what is free above it
	marginOf = 0.9 * vg.Inch  // height of title and axis
	barOf    = 0.62           // height of a bar, in lines
)

var (
	ours   = color.RGBA{R: 0x1b, G: 0x7f, B: 0x5c, A: 0xff}
	theirs = color.RGBA{R: 0x9a, G: 0xa5, B: 0xb1, A: 0xff}
)

// drawing is one plot under construction: lines are numbered downwards from 0, and
// stand at y = -number, since y grows upwards.
type drawing struct {
	plot  *plot.Plot
	lines int
	names []plot.Tick      // a program's, at its line
	bars  bars             // one a program that was run
	texts plotter.XYLabels // beside bars, and the rows' titles
	least float64          // where the axis and all bars begin
	most  float64          // the longest bar's end
}

// drawRows writes a bar for every program that was run, row after row, on one
// logarithmic axis of seconds.
func drawRows(rows []row, path string) error {
	d := drawing{plot: plot.New(), least: math.Inf(1)}
	for _, r := range rows {
		for _, p := range r.Programs {
			if p.MedianSeconds != nil {
				d.least, d.most = min(d.least, *p.MedianSeconds), max(d.most, *p.MedianSeconds)
			}
		}
	}
	if d.most == 0 {
		return fmt.Errorf("no program was run")
	}
	d.least = math.Pow(10, math.Floor(math.Log10(d.least/1.5))) // bars start at a power of ten, none with no length
	for _, r := range rows {
		d.add(r)
	}
	if err := d.finish(); err != nil {
		return err
	}
	return save(d.plot, vg.Length(d.lines)*lineOf+marginOf, path)
}

// add appends a row: its title, then its programs.
func (d *drawing) add(r row) {
	d.write(d.least, r.Title)
	for _, p := range r.Programs {
		if p.MedianSeconds == nil {
			continue
		}
		d.names = append(d.names, plot.Tick{Value: -float64(d.lines), Label: strings.ReplaceAll(p.Title, "`", "")})
		isOurs := strings.HasPrefix(p.Key, "numcomp")
		d.bars = append(d.bars, bar{end: *p.MedianSeconds, line: d.lines, ours: isOurs})
		said := fmt.Sprintf("  %.3g s", *p.MedianSeconds)
		if p.Key != "numcomp" && p.TimesNumcomp != nil {
			said += fmt.Sprintf(", %.3gx", *p.TimesNumcomp)
		}
		d.write(*p.MedianSeconds, said)
	}
	d.lines++ // a free line
}

// write puts a text on the next line.
func (d *drawing) write(x float64, s string) {
	d.texts.XYs = append(d.texts.XYs, plotter.XY{X: x, Y: -float64(d.lines)})
	d.texts.Labels = append(d.texts.Labels, s)
	d.lines++
}

func (d *drawing) finish() error {
	labels, err := plotter.NewLabels(d.texts)
	if err != nil {
		return err
	}
	for i := range labels.TextStyle {
		labels.TextStyle[i].YAlign = draw.YCenter
		labels.TextStyle[i].Font.Size = 9
		labels.TextStyle[i].Font.Variant = "Sans"
	}
	p := d.plot
	for _, style := range []*text.Style{&p.Title.TextStyle, &p.X.Label.TextStyle, &p.X.Tick.Label, &p.Y.Tick.Label} {
		style.Font.Variant = "Sans"
	}
	p.Title.Text = "Seconds an iteration, and how many times numcomp's (less is better)"
	p.Title.TextStyle.Font.Size = 12
	p.Title.Padding = 3 * vg.Millimeter
	p.X.Label.Text = "seconds, logarithmic"
	p.X.Scale = plot.LogScale{}
	p.X.Tick.Marker = plot.LogTicks{Prec: -1}
	p.Y.Min, p.Y.Max = -float64(d.lines)+0.5, 0.5
	p.Y.Tick.Marker = plot.ConstantTicks(d.names)
	p.Y.Tick.Length = 0
	p.Y.LineStyle.Width = 0
	p.Add(d.bars, labels)
	p.X.Min, p.X.Max = d.least, d.most*6 // room for the longest bar's text
	return nil
}

// A bar lies on a line, from the axis' beginning to end seconds.
type bar struct {
	end  float64
	line int
	ours bool
}

type bars []bar

// Plot implements plot.Plotter. plotter.BarChart would begin at 0, which a
// logarithmic axis does not have.
func (bs bars) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for _, b := range bs {
		from, to := x(p.X.Min), x(b.end)
		low, high := y(-float64(b.line)-barOf/2), y(-float64(b.line)+barOf/2)
		fill := theirs
		if b.ours {
			fill = ours
		}
		c.FillPolygon(fill, []vg.Point{{X: from, Y: low}, {X: to, Y: low}, {X: to, Y: high}, {X: from, Y: high}})
	}
}

// save writes the plot as SVG, on white.
func save(p *plot.Plot, height vg.Length, path string) (err error) {
	c := vgsvg.New(width, height)
	const margin = 3 * vg.Millimeter
	p.Draw(draw.Crop(draw.New(c), 2*margin, -margin, margin, -margin))
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	_, err = c.WriteTo(f)
	return err
}
