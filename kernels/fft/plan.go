package fft

import (
	"fmt"
	"math"
)

// Columns is how many transforms run side by side.
const Columns = 8

// Least and Most are the least and the largest length.
const (
	Least = 16
	Most  = 1 << 12
)

// Plan transforms panels of one length. It is immutable.
type Plan struct {
	n     int
	loops Loops
	steps []step // of Forward, in order
}

// step is a pass of radix 4 over blocks of rows.
type step struct {
	block   int       // rows
	twiddle []float64 // for every k < block/4: w^k, w^2k, w^3k, real and imaginary part
}

// NewPlan plans transforms of length n, a power of two from Least to Most. It
// panics for others.
func NewPlan(n int, loops Loops) *Plan {
	if n < Least || n > Most || n&(n-1) != 0 {
		panic(fmt.Sprintf("fft: length %d: must be a power of two from %d to %d", n, Least, Most))
	}
	p := &Plan{n: n, loops: loops}
	for block := n; block >= 4; block /= 4 {
		s := step{block: block}
		for k := range block / 4 {
			for j := 1; j <= 3; j++ {
				re, im := root(j*k, block)
				s.twiddle = append(s.twiddle, re, im)
			}
		}
		p.steps = append(p.steps, s)
	}
	return p
}

// root is exp(-2 pi i k/n), for n a multiple of 4: from an angle of at most pi/4
// by symmetry, so that both parts are good to the last bit.
func root(k, n int) (re, im float64) {
	k %= n
	quarter, k := 4*k/n, k%(n/4)
	var s, c float64
	if 8*k <= n {
		s, c = math.Sincos(2 * math.Pi * float64(k) / float64(n))
	} else {
		c, s = math.Sincos(2 * math.Pi * float64(n/4-k) / float64(n))
	}
	for range quarter {
		c, s = -s, c
	}
	return c, -s
}

// Len is the plan's length.
func (p *Plan) Len() int { return p.n }

// Forward transforms the columns of a panel.
func (p *Plan) Forward(panel []float64) {
	panel = panel[:2*p.n*Columns]
	for _, s := range p.steps {
		p.loops.Forward4(panel, s.block, s.twiddle)
	}
	if p.odd() {
		p.loops.Forward2(panel)
	}
}

// Inverse transforms the columns of a panel of frequencies in Forward's order. The result
// is n times the inverse transform.
func (p *Plan) Inverse(panel []float64) {
	panel = panel[:2*p.n*Columns]
	if p.odd() {
		p.loops.Forward2(panel)
	}
	for i := len(p.steps) - 1; i >= 0; i-- {
		p.loops.Inverse4(panel, p.steps[i].block, p.steps[i].twiddle)
	}
}

// odd tells whether blocks of two are left after the passes of radix 4.
func (p *Plan) odd() bool { return p.steps[len(p.steps)-1].block == 8 }
