package rendezvous

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Munge proves who a process is by credentials of munge, which clusters run on
// all nodes for Slurm's sake: its daemon vouches for the user who asked, and only
// processes of the user whom it names can read it.
//
// A credential carries the step, the nodes and a fresh X25519 public key. Both
// sides give theirs; what follows is sealed with keys that only the two private
// keys lead to. A credential that was seen on the wire is of no use to others.
type Munge struct {
	// Environ is the environment of the commands munge and unmunge.
	Environ []string
	uid     int
	slots   chan struct{} // bounds the commands under way
}

const (
	// mungeCommands is how many commands run at a time, and mungeBound how long
	// one may take.
	mungeCommands = 4
	mungeBound    = 5 * time.Second
	labelBelow    = "numcomp step from below"
	labelAbove    = "numcomp step from above"
)

// NewMunge is munge for this user. environ is for the commands.
func NewMunge(environ []string) *Munge {
	return &Munge{Environ: environ, uid: os.Geteuid(), slots: make(chan struct{}, mungeCommands)}
}

// works makes a credential and throws it away. A node that chose another way than the
// others, because its munge was late, would never meet them.
func (m *Munge) works(ctx context.Context) error {
	_, err := persist(ctx, func() ([]byte, error) { return m.encode(ctx, "") })
	return err
}

func (m *Munge) way() byte { return wayMunge }

func (m *Munge) greet(ctx context.Context, conn net.Conn, job string, below, above int) (*headConn, error) {
	private, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	mine := private.PublicKey().Bytes()
	credential, err := m.encode(ctx, payload("below", job, below, above, mine, nil))
	if err != nil {
		return nil, err
	}
	if err := writeBlock(conn, binary.BigEndian.AppendUint32(nil, uint32(below)), mine, credential); err != nil {
		return nil, err
	}
	b, err := readBlock(conn)
	if err != nil || len(b) < len(mine) {
		return nil, errors.Join(errNotHere, err)
	}
	theirs := b[:len(mine)]
	if err := m.check(ctx, b[len(mine):], payload("above", job, below, above, theirs, mine)); err != nil {
		return nil, err
	}
	return seal(conn, private, theirs, slices.Concat(mine, theirs), labelBelow, labelAbove)
}

func (m *Munge) answer(ctx context.Context, conn net.Conn, job string, above int) (*headConn, error) {
	const head = 4 + 32
	b, err := readBlock(conn)
	if err != nil {
		return nil, err
	}
	if len(b) < head {
		return nil, errors.New("its hello is too short")
	}
	below, theirs := int(binary.BigEndian.Uint32(b)), b[4:head]
	if err := m.check(ctx, b[head:], payload("below", job, below, above, theirs, nil)); err != nil {
		return nil, err
	}
	private, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	mine := private.PublicKey().Bytes()
	credential, err := m.encode(ctx, payload("above", job, below, above, mine, theirs))
	if err != nil {
		return nil, err
	}
	if err := writeBlock(conn, mine, credential); err != nil {
		return nil, err
	}
	return seal(conn, private, theirs, slices.Concat(theirs, mine), labelAbove, labelBelow)
}

// payload is what a credential of one side says. The side that answers names the
// other's key too, so that its credential is for this connection only.
func payload(role, job string, below, above int, mine, theirs []byte) string {
	return fmt.Sprintf("numcomp 1 %s %q %d %d %s %s", role, job, below, above,
		base64.RawURLEncoding.EncodeToString(mine), base64.RawURLEncoding.EncodeToString(theirs))
}

func seal(conn net.Conn, private *ecdh.PrivateKey, theirs, salt []byte, out, in string) (*headConn, error) {
	public, err := ecdh.X25519().NewPublicKey(theirs)
	if err != nil {
		return nil, err
	}
	secret, err := private.ECDH(public)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(salt)
	return sealed(conn, secret, sum[:], out, in)
}

// encode makes a credential that this user alone can read.
func (m *Munge) encode(ctx context.Context, text string) ([]byte, error) {
	return m.command(ctx, []byte(text), "munge", "--restrict-uid="+strconv.Itoa(m.uid))
}

// check opens a credential, and fails unless this user made it and it says want.
// munge has each credential opened once, and not when it is old.
func (m *Munge) check(ctx context.Context, credential []byte, want string) error {
	out, err := m.command(ctx, credential, "unmunge", "--numeric", "--keys=STATUS,UID")
	if err != nil {
		return errors.Join(errNotHere, err)
	}
	meta, text, _ := strings.Cut(string(out), "\n\n")
	uid := ""
	for line := range strings.Lines(meta) {
		if name, value, _ := strings.Cut(line, ":"); name == "UID" {
			uid = strings.TrimSpace(value)
		}
	}
	switch {
	case uid != strconv.Itoa(m.uid):
		return fmt.Errorf("%w: its credential is of user %q", errNotHere, uid)
	case text != want:
		return fmt.Errorf("%w: its credential is for another step or node", errNotHere)
	}
	return nil
}

func (m *Munge) command(ctx context.Context, stdin []byte, name string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, mungeBound)
	defer cancel()
	select {
	case m.slots <- struct{}{}:
		defer func() { <-m.slots }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = m.Environ
	cmd.WaitDelay = time.Second
	cmd.Stdin = bytes.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		text := strings.TrimSpace(stderr.String())
		return nil, fmt.Errorf("%s: %w: %s", name, err, text[:min(len(text), 200)])
	}
	return stdout.Bytes(), nil
}

// writeBlock writes parts behind their length together (2 bytes, big-endian).
func writeBlock(w io.Writer, parts ...[]byte) error {
	b := slices.Concat(parts...)
	if len(b) > maxRecord {
		return fmt.Errorf("a block of %d bytes is longer than %d", len(b), maxRecord)
	}
	_, err := w.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...))
	return err
}

func readBlock(r io.Reader) ([]byte, error) {
	var h [2]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint16(h[:])
	if n > maxRecord {
		return nil, fmt.Errorf("a block of %d bytes, at most %d are allowed", n, maxRecord)
	}
	b := make([]byte, n)
	_, err := io.ReadFull(r, b)
	return b, whole(err)
}
