package tcp

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The hello: how two processes prove to each other, before anything else
// crosses a connection, that they belong to one job. All of it is part of the
// wire format; integers are little-endian.
//
// The first part has the same layout in every version for ever, so that two
// different versions can name each other:
//
//	+-----------+------------+------------+------------------+
//	| magic (8) | proto (2)  | length (2) | build (length)   |
//	+-----------+------------+------------+------------------+
//
// The rest of a hello, protocol version 1:
//
//	+-----------+----------+--------------+----------+--------+----------+
//	| order (1) | kind (1) | reserved (2) | from (4) | to (4) | size (4) |
//	+-----------+----------+--------------+----------+--------+----------+
//	| job (16)                            | instance (16)                |
//	+-------------------------------------+------------------------------+
//	| nonce (32)                                                         |
//	+--------------------------------------------------------------------+
//
// The dialler speaks first:
//
//	dialler                       acceptor
//	hello               ->
//	                    <-        hello, proof (32)
//	proof (32)          ->
//	                    <-        status (1), reserved (1), length (2), reason (length)
//
// proof is HMAC-SHA256, keyed with the job's secret, over the role of the
// prover and both hellos. The roles differ, so no side's proof serves the
// other; the nonces are fresh, so none serves twice. The dialler may leave after
// the acceptor's proof: that is how it drops the slower of several addresses.
// Frames follow an ok of kind data; what follows an ok of kind control is the
// rendezvous's business.
const (
	helloMagic      = "\x8bnumcomp"
	protocolVersion = 1

	prologueLen = 12
	bodyLen     = 80
	proofLen    = 32
	statusLen   = 4

	maxBuild  = 256
	maxReason = 512
)

// Kind is what a connection is for. Part of the wire format.
type Kind uint8

const (
	// KindControl is a link of the control tree.
	KindControl Kind = 1
	// KindData carries the transport's frames.
	KindData Kind = 2
	// KindProbe only asks whether an address leads to the rank. The connection
	// is closed once both have proved themselves. See Endpoint.Probe.
	KindProbe Kind = 3
)

func (k Kind) String() string {
	switch k {
	case KindControl:
		return "control"
	case KindData:
		return "data"
	case KindProbe:
		return "probe"
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Byte orders of a process's memory: payload crosses as it lies there. Part of
// the wire format.
const (
	orderLittle = 1
	orderBig    = 2
)

// How the acceptor ends a hello. Part of the wire format.
const (
	statusOK        = 1
	statusYield     = 2 // the acceptor's own connection to the dialler wins
	statusDuplicate = 3 // another process has proved this rank already
	statusBuild     = 4 // the builds differ
	statusRefused   = 5 // see the reason
)

// Hello is what the other end of a connection said of itself. It is believed
// once its proof has been checked.
type Hello struct {
	Build string
	Kind  Kind
	From  int
	To    int
	Size  int
}

// hello is Hello and what only the proof needs.
type hello struct {
	Hello
	proto    int
	order    byte
	job      [16]byte
	instance [16]byte
	nonce    [32]byte
}

var (
	errNotNumcomp = errors.New("what it sent is not numcomp's hello")
	errProtocol   = errors.New("another protocol version")
)

// hostOrder is the byte order of this process's memory.
func hostOrder() byte {
	if binary.NativeEndian.Uint16([]byte{1, 0}) == 1 {
		return orderLittle
	}
	return orderBig
}

func (h *hello) fresh() error {
	if _, err := rand.Read(h.nonce[:]); err != nil {
		return fmt.Errorf("nonce: %w", err)
	}
	return nil
}

// appendHello writes h to the end of b.
func appendHello(b []byte, h *hello) []byte {
	b = append(b, helloMagic...)
	b = binary.LittleEndian.AppendUint16(b, uint16(h.proto))
	build := h.Build[:min(len(h.Build), maxBuild)]
	b = binary.LittleEndian.AppendUint16(b, uint16(len(build)))
	b = append(b, build...)
	b = append(b, h.order, byte(h.Kind), 0, 0)
	b = binary.LittleEndian.AppendUint32(b, uint32(h.From))
	b = binary.LittleEndian.AppendUint32(b, uint32(h.To))
	b = binary.LittleEndian.AppendUint32(b, uint32(h.Size))
	b = append(b, h.job[:]...)
	b = append(b, h.instance[:]...)
	return append(b, h.nonce[:]...)
}

// readHello reads exactly one hello and returns it with its bytes. For another
// protocol version it reads the first part only, returns proto and Build, and
// the error is errProtocol.
func readHello(r io.Reader) (h hello, raw []byte, err error) {
	raw = make([]byte, prologueLen, prologueLen+64+bodyLen)
	if _, err := io.ReadFull(r, raw); err != nil {
		return h, nil, err
	}
	if string(raw[:8]) != helloMagic {
		return h, nil, errNotNumcomp
	}
	h.proto = int(binary.LittleEndian.Uint16(raw[8:]))
	n := int(binary.LittleEndian.Uint16(raw[10:]))
	if n > maxBuild {
		return h, nil, errNotNumcomp
	}
	if raw, err = readMore(r, raw, n); err != nil {
		return h, nil, err
	}
	h.Build = string(raw[prologueLen:])
	if h.proto != protocolVersion {
		return h, raw, errProtocol
	}
	if raw, err = readMore(r, raw, bodyLen); err != nil {
		return h, nil, err
	}
	b := raw[prologueLen+n:]
	h.order, h.Kind = b[0], Kind(b[1])
	h.From = int(int32(binary.LittleEndian.Uint32(b[4:])))
	h.To = int(int32(binary.LittleEndian.Uint32(b[8:])))
	h.Size = int(int32(binary.LittleEndian.Uint32(b[12:])))
	copy(h.job[:], b[16:])
	copy(h.instance[:], b[32:])
	copy(h.nonce[:], b[48:])
	if h.From < 0 || h.To < 0 || h.Size < 1 || h.From >= h.Size || h.To >= h.Size || b[2] != 0 || b[3] != 0 {
		return h, nil, errNotNumcomp
	}
	return h, raw, nil
}

func readMore(r io.Reader, b []byte, n int) ([]byte, error) {
	at := len(b)
	b = append(b, make([]byte, n)...)
	if _, err := io.ReadFull(r, b[at:]); err != nil {
		return nil, err
	}
	return b, nil
}

func appendStatus(b []byte, code byte, reason string) []byte {
	reason = reason[:min(len(reason), maxReason)]
	b = append(b, code, 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(reason)))
	return append(b, reason...)
}

func readStatus(r io.Reader) (code byte, reason string, err error) {
	var b [statusLen]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return 0, "", err
	}
	n := int(binary.LittleEndian.Uint16(b[2:]))
	if b[0] < statusOK || b[0] > statusRefused || b[1] != 0 || n > maxReason {
		return 0, "", errNotNumcomp
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		return 0, "", err
	}
	return b[0], string(text), nil
}
