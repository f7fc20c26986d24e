package rendezvous

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"

	"numcomp/comm/transport"
)

// How a rank started by hand talks with rank 0 at the known address. Part of
// the wire format:
//
//	rank                         rank 0
//	magic (8), nonce (32)   ->
//	                        <-   magic (8), nonce (32), proof (32)
//	record: claim           ->
//	                        <-   record: ok, or refused with the reason
//	record: put or get      ->
//	                        <-   record: its answer; and so on
//
// proof is HMAC-SHA256, keyed with the key, over a label and both nonces: so a
// rank with the wrong key knows what is wrong. Each direction has an AES-256-GCM
// key, derived from the key and both nonces (HKDF-SHA256); a record is its
// length (4, little-endian) and a sealed text, whose nonce is the record's
// number. A claim that opens proves that the rank has the key.
const (
	headMagic  = "\x8bnchead\x01" // the last byte is the version
	headNonce  = 32
	maxRecord  = 4096
	labelProof = "numcomp head proof"
	labelUp    = "numcomp head to rank 0"
	labelDown  = "numcomp head from rank 0"
)

// What a record says: its first byte.
const (
	recordClaim   = 1 // rank, size, pid, host, build
	recordPut     = 2 // key, value
	recordGet     = 3 // key
	recordOK      = 4 // value, empty for claim and put
	recordNotYet  = 5 // the key is not there: ask again
	recordRefused = 6 // reason: this rank cannot take part
	recordFailed  = 7 // reason: the start has failed, for all
	recordBye     = 8 // the rank has what it wants
)

// HeadKey is what the ranks of one user share to find each other by hand. It
// must be random: who listens could try guesses.
type HeadKey [32]byte

// String keeps a key out of logs and error texts.
func (HeadKey) String() string { return "key" }

// GoString does the same for %#v.
func (HeadKey) GoString() string { return "key" }

var (
	errNotHead  = errors.New("another program answers there")
	errWrongKey = errors.New("it does not have this rank's key: the key files of the two nodes differ, or another user's job answers there")
)

// headConn is one connection after the nonces. Within a node records go over a
// unix socket, whose ends the kernel vouches for, and are not sealed.
type headConn struct {
	net.Conn
	out, in       cipher.AEAD // nil: not sealed
	outNum, inNum uint64
}

// greetHead is the rank's side up to the proof.
func greetHead(conn net.Conn, key *HeadKey) (*headConn, error) {
	mine, err := headHello()
	if err != nil {
		return nil, err
	}
	if _, err := conn.Write(mine); err != nil {
		return nil, err
	}
	theirs := make([]byte, len(headMagic)+headNonce+sha256.Size)
	if _, err := io.ReadFull(conn, theirs); err != nil {
		return nil, err
	}
	if string(theirs[:len(headMagic)]) != headMagic {
		return nil, errNotHead
	}
	both := append(mine[len(headMagic):], theirs[len(headMagic):len(headMagic)+headNonce]...)
	if !hmac.Equal(headProof(key, both), theirs[len(headMagic)+headNonce:]) {
		return nil, errWrongKey
	}
	return newHeadConn(conn, key, both, labelUp, labelDown)
}

// answerHead is rank 0's side.
func answerHead(conn net.Conn, key *HeadKey) (*headConn, error) {
	theirs := make([]byte, len(headMagic)+headNonce)
	if _, err := io.ReadFull(conn, theirs); err != nil {
		return nil, err
	}
	if string(theirs[:len(headMagic)]) != headMagic {
		return nil, errors.New("what it sent is not numcomp's")
	}
	mine, err := headHello()
	if err != nil {
		return nil, err
	}
	both := append(theirs[len(headMagic):], mine[len(headMagic):]...)
	if _, err := conn.Write(append(mine, headProof(key, both)...)); err != nil {
		return nil, err
	}
	return newHeadConn(conn, key, both, labelDown, labelUp)
}

func headHello() ([]byte, error) {
	b := append(make([]byte, 0, 128), headMagic...)
	b = b[:len(b)+headNonce]
	if _, err := rand.Read(b[len(headMagic):]); err != nil {
		return nil, fmt.Errorf("nonce: %w", err)
	}
	return b, nil
}

func headProof(key *HeadKey, nonces []byte) []byte {
	m := hmac.New(sha256.New, key[:])
	m.Write([]byte(labelProof))
	m.Write(nonces)
	return m.Sum(nil)
}

func newHeadConn(conn net.Conn, key *HeadKey, nonces []byte, out, in string) (*headConn, error) {
	return sealed(conn, key[:], nonces, out, in)
}

// sealed is conn with a key for each direction, drawn from secret and salt.
func sealed(conn net.Conn, secret, salt []byte, out, in string) (*headConn, error) {
	c := &headConn{Conn: conn}
	for label, aead := range map[string]*cipher.AEAD{out: &c.out, in: &c.in} {
		k, err := hkdf.Key(sha256.New, secret, salt, label, 32)
		if err != nil {
			return nil, err
		}
		block, err := aes.NewCipher(k)
		if err != nil {
			return nil, err
		}
		if *aead, err = cipher.NewGCM(block); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func recordNumber(n uint64) []byte { return binary.LittleEndian.AppendUint64(make([]byte, 4, 12), n) }

// send writes one record.
func (c *headConn) send(what byte, texts ...string) error {
	plain := []byte{what}
	for _, s := range texts {
		plain = appendString(plain, s)
	}
	return c.seal(plain)
}

func (c *headConn) seal(plain []byte) error {
	n := len(plain)
	if c.out != nil {
		n += c.out.Overhead()
	}
	if n > maxRecord {
		return fmt.Errorf("a record of %d bytes is longer than %d", n, maxRecord)
	}
	b := binary.LittleEndian.AppendUint32(nil, uint32(n))
	if c.out != nil {
		b = c.out.Seal(b, recordNumber(c.outNum), plain, nil)
		c.outNum++
	} else {
		b = append(b, plain...)
	}
	_, err := c.Write(b)
	return err
}

// receive reads one record.
func (c *headConn) receive() (what byte, d *decoder, err error) {
	var h [4]byte
	if _, err := io.ReadFull(c, h[:]); err != nil {
		return 0, nil, err
	}
	n := binary.LittleEndian.Uint32(h[:])
	least := uint32(1)
	if c.in != nil {
		least += uint32(c.in.Overhead())
	}
	if n < least || n > maxRecord {
		return 0, nil, fmt.Errorf("a record of %d bytes, at most %d are allowed", n, maxRecord)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(c, b); err != nil {
		return 0, nil, whole(err)
	}
	if c.in == nil {
		return b[0], &decoder{rest: b[1:]}, nil
	}
	plain, err := c.in.Open(b[:0], recordNumber(c.inNum), b, nil)
	if err != nil {
		return 0, nil, errWrongKey
	}
	c.inNum++
	return plain[0], &decoder{rest: plain[1:]}, nil
}

// claim is what a rank says of itself to rank 0.
type claim struct {
	rank, size, pid int
	host, build     string
}

func (c claim) append(b []byte) []byte {
	for _, v := range []int{c.rank, c.size, c.pid} {
		b = binary.AppendUvarint(b, uint64(v))
	}
	return appendString(appendString(b, cut(c.host)), cut(c.build))
}

func decodeClaim(d *decoder) (c claim, err error) {
	const limit = 1 << 31
	c = claim{rank: d.below("rank", limit), size: d.below("world size", limit), pid: d.below("pid", limit), host: d.string(), build: d.string()}
	return c, d.end()
}

func (c claim) String() string { return transport.RankName(c.rank, c.host, c.pid) }
