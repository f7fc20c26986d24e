//go:build linux && !race

package tcp

import (
	"encoding/binary"
	"testing"

	"numcomp/comm/transport/transporttest"
)

// TestMessageOver4GiB sends one message whose length has more than 32 bits.
func TestMessageOver4GiB(t *testing.T) {
	if testing.Short() {
		t.Skip("moves 4 GiB")
	}
	const n = 1<<32 + 12_345
	out, in := transporttest.Repeated(t, n), transporttest.Repeated(t, n)
	for i := 0; i+8 <= transporttest.RepeatedBytes; i += 8 {
		binary.LittleEndian.PutUint64(out[i:], uint64(i)*0x9E3779B97F4A7C15)
	}
	ranks := newWorldOf(t, 2, "127.0.0.1", Options{})
	ctx := testContext(t)
	sent := ranks[0].Isend(1, 1, out)
	received := ranks[1].Irecv(0, 1, in)
	if err := ranks[1].Wait(ctx, received); err != nil {
		t.Fatal(err)
	}
	if err := ranks[0].Wait(ctx, sent); err != nil {
		t.Fatal(err)
	}
	if sent.N() != n || received.N() != n {
		t.Fatalf("%d bytes sent, %d received, want %d", sent.N(), received.N(), n)
	}
	for i := range transporttest.RepeatedBytes {
		if in[i] != out[i] {
			t.Fatalf("byte %d differs", i)
		}
	}
}
