package rendezvous

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// A frame of the control tree is
//
//	+-----------------+--------+----------------+
//	| length (4, LE)  | kind 1 | body length-1  |
//	+-----------------+--------+----------------+
//
// Numbers in bodies are unsigned varints, strings a varint length and bytes.
// Part of the wire format: kinds keep their numbers.
type kind byte

const (
	kindMembers kind = 1 // up: ranks that arrived (table.go)
	kindTable   kind = 2 // down: all ranks; its arrival releases the start barrier
	kindVerdict kind = 3 // both ways: a rank died or gave up (verdict.go)
	kindFail    kind = 4 // both ways: the start failed, with the text
	kindLeave   kind = 5 // up: the sender and all below it have come to a clean end
	kindBye     kind = 6 // down: all ranks have
	kindAsk     kind = 7 // down: a roll call (rollcall.go)
	kindAnswer  kind = 8 // up: a rank's answer to it
)

const (
	headerBytes = 5
	// maxFrame bounds a frame: the table of 65,536 ranks, each on its own host
	// with four addresses, is half of it.
	maxFrame = 16 << 20
	// maxAhead is how much memory a frame is given before its bytes have come: the
	// table of 2,000 ranks fits.
	maxAhead = 64 << 10
	// maxAnswer bounds the frames of a roll call: four numbers.
	maxAnswer = 4 * binary.MaxVarintLen64
	// maxNote bounds frames that carry a sentence.
	maxNote = 8 << 10
)

// limit is the longest body of a frame of kind k, or -1 if there is no such
// kind.
func (k kind) limit() int {
	switch k {
	case kindMembers, kindTable:
		return maxFrame
	case kindVerdict, kindFail:
		return maxNote
	case kindLeave, kindBye:
		return 0
	case kindAsk, kindAnswer:
		return maxAnswer
	}
	return -1
}

// newFrame makes a whole frame, ready to be written.
func newFrame(k kind, body []byte) []byte {
	f := make([]byte, headerBytes, headerBytes+len(body))
	binary.LittleEndian.PutUint32(f, uint32(1+len(body)))
	f[4] = byte(k)
	return append(f, body...)
}

// readFrame reads one frame. Memory grows with what arrives, not with what the
// header claims. An end before the first byte is io.EOF.
func readFrame(r io.Reader) (kind, []byte, error) {
	var h [headerBytes]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return 0, nil, err
	}
	k, n := kind(h[4]), int64(binary.LittleEndian.Uint32(h[:]))-1
	switch limit := int64(k.limit()); {
	case limit < 0:
		return 0, nil, fmt.Errorf("control frame of unknown kind %d", k)
	case n < 0 || n > limit:
		return 0, nil, fmt.Errorf("control frame of kind %d has %d bytes, at most %d are allowed", k, n, limit)
	case n == 0:
		return k, nil, nil
	case n <= maxNote:
		body := make([]byte, n)
		_, err := io.ReadFull(r, body)
		return k, body, whole(err)
	}
	var b bytes.Buffer
	b.Grow(int(min(n+bytes.MinRead, maxAhead)))
	_, err := io.CopyN(&b, r, n)
	return k, b.Bytes(), whole(err)
}

// whole makes an end within a frame an error of its own.
func whole(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// decoder reads a body. After the first error everything reads as zero.
type decoder struct {
	rest []byte
	err  error
}

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf("control frame: "+format, args...)
	}
	d.rest = nil
}

func (d *decoder) uint() uint64 {
	v, n := binary.Uvarint(d.rest)
	if n <= 0 {
		d.fail("a number is cut or too large")
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

// below reads a number less than limit.
func (d *decoder) below(what string, limit int) int {
	v := d.uint()
	if d.err == nil && v >= uint64(max(limit, 0)) {
		d.fail("%s %d is not below %d", what, v, limit)
	}
	if d.err != nil {
		return 0
	}
	return int(v)
}

// count reads how many things follow, each at least one byte long.
func (d *decoder) count(what string) int {
	v := d.uint()
	if d.err == nil && v > uint64(len(d.rest)) {
		d.fail("%d %s do not fit into the %d bytes left", v, what, len(d.rest))
	}
	if d.err != nil {
		return 0
	}
	return int(v)
}

func (d *decoder) bytes(n int) []byte {
	if n > len(d.rest) {
		d.fail("%d bytes wanted, %d left", n, len(d.rest))
		return nil
	}
	b := d.rest[:n:n]
	d.rest = d.rest[n:]
	return b
}

func (d *decoder) string() string { return string(d.bytes(d.count("bytes of text"))) }

// end wants the body to be used up.
func (d *decoder) end() error {
	if d.err == nil && len(d.rest) > 0 {
		d.fail("%d bytes too many", len(d.rest))
	}
	return d.err
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}
