package tcp

import (
	"crypto/hmac"
	"crypto/sha256"
)

// Secret is what the ranks of one job share and nobody else knows.
type Secret [32]byte

// String keeps a secret out of logs and error texts.
func (Secret) String() string { return "secret" }

// GoString does the same for %#v.
func (Secret) GoString() string { return "secret" }

// The roles of the two provers. Part of the wire format.
const (
	roleAcceptor = "numcomp acceptor\x00"
	roleDialler  = "numcomp dialler\x00"
)

// prove is role's proof that it knows the secret, bound to this one exchange of
// hellos.
func prove(s *Secret, role string, dialler, acceptor []byte) []byte {
	m := hmac.New(sha256.New, s[:])
	m.Write([]byte(role))
	m.Write(dialler)
	m.Write(acceptor)
	return m.Sum(nil)
}
