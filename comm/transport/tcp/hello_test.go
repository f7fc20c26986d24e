package tcp

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

func FuzzReadHello(f *testing.F) {
	_, raw := honestHello(1, 0)
	f.Add(raw)
	f.Add(raw[:prologueLen])
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"))
	f.Add(appendHello(nil, &hello{Hello: Hello{Build: "x", Size: 1}, proto: 9}))
	f.Fuzz(func(t *testing.T, in []byte) {
		r := bytes.NewReader(in)
		h, raw, err := readHello(r)
		if errors.Is(err, errProtocol) {
			if h.proto == protocolVersion || !bytes.HasPrefix(in, raw) {
				t.Fatalf("protocol %d is another one", h.proto)
			}
			return
		}
		if err != nil {
			return
		}
		if read := len(in) - r.Len(); read != len(raw) || !bytes.Equal(raw, in[:read]) {
			t.Fatalf("%d bytes were read, %d are returned", read, len(raw))
		}
		if again := appendHello(nil, &h); !bytes.Equal(again, raw) {
			t.Fatalf("written again:\n%x\nread:\n%x", again, raw)
		}
	})
}

func FuzzReadStatus(f *testing.F) {
	f.Add(appendStatus(nil, statusOK, ""))
	f.Add(appendStatus(nil, statusRefused, "why not"))
	f.Add([]byte{5, 0, 255, 255})
	f.Fuzz(func(t *testing.T, in []byte) {
		r := bytes.NewReader(in)
		code, reason, err := readStatus(r)
		if err != nil {
			return
		}
		if again := appendStatus(nil, code, reason); !bytes.Equal(again, in[:len(in)-r.Len()]) {
			t.Fatalf("written again: %x, read: %x", again, in)
		}
	})
}

// TestReadHelloTakesNoByteMore is what lets frames follow a hello at once.
func TestReadHelloTakesNoByteMore(t *testing.T) {
	_, raw := honestHello(1, 0)
	r := bytes.NewReader(append(raw[:len(raw):len(raw)], "next"...))
	if _, _, err := readHello(r); err != nil {
		t.Fatal(err)
	}
	if rest, _ := io.ReadAll(r); string(rest) != "next" {
		t.Errorf("left over: %q", rest)
	}
}

// TestProofDependsOnEverything changes each input of a proof in turn.
func TestProofDependsOnEverything(t *testing.T) {
	secret := Secret{1}
	proof := prove(&secret, roleAcceptor, []byte("a"), []byte("b"))
	for name, other := range map[string][]byte{
		"secret":   prove(&Secret{2}, roleAcceptor, []byte("a"), []byte("b")),
		"role":     prove(&secret, roleDialler, []byte("a"), []byte("b")),
		"dialler":  prove(&secret, roleAcceptor, []byte("c"), []byte("b")),
		"acceptor": prove(&secret, roleAcceptor, []byte("a"), []byte("c")),
	} {
		if bytes.Equal(proof, other) {
			t.Errorf("another %s gives the same proof", name)
		}
	}
	if !bytes.Equal(proof, prove(&secret, roleAcceptor, []byte("a"), []byte("b"))) {
		t.Error("the same inputs give another proof")
	}
}
