package job

import (
	"encoding/binary"
	"errors"
	"math"
)

// A wire is what ranks of one build tell one another, as bytes. What travels names
// its values one after the other, to be written and to be read alike, so that the
// two cannot differ. A rank reads it in a twentieth of the time of JSON, of which the
// first text that a process reads costs the most.
type wire struct {
	bytes   []byte // written so far, or still to be read
	reading bool
	wrong   bool // reading: this is not what was written
}

// traveller is what a wire takes.
type traveller interface{ travel(w *wire) }

// pack is what unpack reads.
func pack(v traveller) []byte {
	var w wire
	v.travel(&w)
	return w.bytes
}

// unpack sets v to what pack was given.
func unpack(bytes []byte, v traveller) error {
	w := wire{bytes: bytes, reading: true}
	v.travel(&w)
	if w.wrong || len(w.bytes) > 0 {
		return errors.New("it is too long or too short")
	}
	return nil
}

func (w *wire) word(v uint64) uint64 {
	if !w.reading {
		w.bytes = binary.AppendUvarint(w.bytes, v)
		return v
	}
	v, n := binary.Uvarint(w.bytes)
	if n <= 0 {
		w.wrong, w.bytes = true, nil
		return 0
	}
	w.bytes = w.bytes[n:]
	return v
}

func number[T ~int | ~int64 | ~uint64 | ~uint8](w *wire, p *T) { *p = T(w.word(uint64(*p))) }

func float(w *wire, p *float64) { *p = math.Float64frombits(w.word(math.Float64bits(*p))) }

func truth(w *wire, p *bool) {
	var one uint64
	if *p {
		one = 1
	}
	*p = w.word(one) == 1
}

func text[T ~string](w *wire, p *T) {
	n := w.word(uint64(len(*p)))
	switch {
	case !w.reading:
		w.bytes = append(w.bytes, *p...)
	case n > uint64(len(w.bytes)):
		w.wrong, w.bytes = true, nil
	default:
		*p, w.bytes = T(w.bytes[:n]), w.bytes[n:]
	}
}
