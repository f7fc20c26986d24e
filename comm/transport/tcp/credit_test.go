package tcp

import (
	"bytes"
	"testing"

	"numcomp/comm/transport"
)

// kept is how many bytes of messages a link holds that nobody has received, as
// the credit counts them, and how many more messages were announced to it.
func (l *link) kept() (nbytes, announced int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, q := range l.matcher.queues {
		for range q.messages.Len() { // round once
			msg := q.messages.Pop()
			q.messages.Push(msg)
			if msg.announced {
				announced++
			} else {
				nbytes += msg.size + eagerCost
			}
		}
	}
	return nbytes, announced
}

// TestCreditBoundsWhatIsKept sends far more than the credit before anything is
// received.
func TestCreditBoundsWhatIsKept(t *testing.T) {
	const count, n, credit = 500, 1000, 20_000
	ranks := newWorldOf(t, 2, "127.0.0.1", Options{Credit: credit})
	ctx := testContext(t)
	var sends []transport.Request
	for i := range count {
		sends = append(sends, ranks[0].Isend(1, 1, bytes.Repeat([]byte{byte(i)}, n)))
	}
	sends = append(sends, ranks[0].Isend(1, 2, nil))
	// The last message is behind all others on the connection.
	if err := ranks[1].Wait(ctx, ranks[1].Irecv(0, 2, nil)); err != nil {
		t.Fatal(err)
	}
	nbytes, announced := ranks[1].link(0).kept()
	if most := credit / (n + eagerCost); nbytes > credit || nbytes != most*(n+eagerCost) || announced != count-most {
		t.Errorf("%d bytes are kept and %d messages announced; want %d and %d", nbytes, announced, most*(n+eagerCost), count-most)
	}
	p := make([]byte, n)
	for i := range count {
		if err := ranks[1].Wait(ctx, ranks[1].Irecv(0, 1, p)); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(p, bytes.Repeat([]byte{byte(i)}, n)) {
			t.Fatalf("message %d is damaged", i)
		}
	}
	if err := ranks[0].Wait(ctx, sends...); err != nil {
		t.Fatal(err)
	}
	if nbytes, announced := ranks[1].link(0).kept(); nbytes != 0 || announced != 0 {
		t.Errorf("%d bytes and %d messages are left", nbytes, announced)
	}
}

// TestCreditComesBack checks that no byte of credit is ever lost: after any
// traffic the sender's credit and what the receiver owes are the whole.
func TestCreditComesBack(t *testing.T) {
	const credit = 5000
	ranks := newWorldOf(t, 2, "127.0.0.1", Options{Credit: credit})
	ctx := testContext(t)
	for i := range 300 {
		n := (i * 37) % 3000
		req := ranks[1].Irecv(0, 1, make([]byte, n/(1+i%2))) // half of them too short
		if err := ranks[0].Wait(ctx, ranks[0].Isend(1, 1, make([]byte, n))); err != nil {
			t.Fatal(err)
		}
		_ = ranks[1].Wait(ctx, req)
	}
	// A message back brings what is owed.
	if err := ranks[1].Wait(ctx, ranks[1].Isend(0, 1, nil)); err != nil {
		t.Fatal(err)
	}
	if err := ranks[0].Wait(ctx, ranks[0].Irecv(1, 1, nil)); err != nil {
		t.Fatal(err)
	}
	s, r := ranks[0].link(1), ranks[1].link(0)
	s.mu.Lock()
	defer s.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.credit+r.owed != credit {
		t.Errorf("credit %d and owed %d do not make %d", s.credit, r.owed, credit)
	}
}

// TestPiecesAndShortMessagesTakeTurns looks at what each round of writing holds.
func TestPiecesAndShortMessagesTakeTurns(t *testing.T) {
	const piece = 10_000
	tr, c := connect(t, Options{Piece: piece})
	defer c.Close()
	// Once a message has come through, the connection is installed.
	if _, err := c.Write(frames(header{kind: kindEager, tag: 9})); err != nil {
		t.Fatal(err)
	}
	if err := tr.Wait(testContext(t), tr.Irecv(1, 9, nil)); err != nil {
		t.Fatal(err)
	}
	l := tr.link(1)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writing = true // the test writes
	long := [2]*request{}
	for i := range long {
		long[i] = &request{link: l, id: uint64(i + 1), buf: make([]byte, 3*piece), size: 3 * piece}
		l.streams.Push(long[i])
	}
	var order []uint64
	for round := range 6 {
		for range 3 {
			l.out.Push(frame{header: header{kind: kindEager, length: 5}, payload: make([]byte, 5)})
		}
		if !l.fill() {
			t.Fatalf("round %d has nothing to write", round)
		}
		if l.out.Len() != 0 {
			t.Errorf("round %d leaves %d short messages waiting behind pieces", round, l.out.Len())
		}
		if want := 3*(headerLen+5) + headerLen + piece; l.batch.bytes != want || l.batch.piece != piece {
			t.Errorf("round %d writes %d bytes, a piece of %d; want %d and %d", round, l.batch.bytes, l.batch.piece, want, piece)
		}
		order = append(order, l.batch.stream.id)
		l.written()
	}
	for i, id := range order {
		if id != uint64(i%2+1) {
			t.Fatalf("pieces of messages %v, want them in turns", order)
		}
	}
	if !long[0].hasEnded() || !long[1].hasEnded() || l.fill() {
		t.Error("the long messages have not ended")
	}
	l.writing = false
}
