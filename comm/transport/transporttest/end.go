package transporttest

import (
	"errors"
	"fmt"

	"numcomp/comm/transport"
)

// endTests check Close, at both ends.
func endTests() []subtest {
	return []subtest{
		{"SendThenClose", 2, testSendThenClose},
		{"SendHugeThenClose", 2, testSendHugeThenClose},
		{"CloseDuringReceive", 2, testCloseDuringReceive},
		{"CloseDuringSend", 2, testCloseDuringSend},
		{"AfterClose", 2, testAfterClose},
		{"CloseTwice", 2, testCloseTwice},
		{"CloseUnused", 3, func(*world) {}},
		{"PeerCloses", 2, testPeerCloses},
		{"PeerClosesDuringSend", 2, testPeerClosesDuringSend},
		{"OthersGoOn", 3, testOthersGoOn},
	}
}

// What a rank has sent and waited for arrives, even if it closes at once.
func testSendThenClose(w *world) {
	const count = 100
	w.spmd(func(tr transport.Transport) error {
		if tr.Rank() == 0 {
			for i := range count {
				if err := w.send(tr, 1, 1, pattern(i*11, uint64(i))); err != nil {
					return err
				}
			}
			return tr.Close()
		}
		for i := range count {
			p := make([]byte, i*11)
			if err := w.recv(tr, 0, 1, p, len(p)); err != nil {
				return err
			}
			if err := same(p, uint64(i)); err != nil {
				return err
			}
		}
		return nil
	})
}

func testSendHugeThenClose(w *world) {
	w.spmd(func(tr transport.Transport) error {
		if tr.Rank() == 0 {
			if err := w.send(tr, 1, 1, pattern(huge(), 1)); err != nil {
				return err
			}
			if err := w.send(tr, 1, 1, pattern(3, 2)); err != nil {
				return err
			}
			return tr.Close()
		}
		p := make([]byte, huge())
		if err := w.recv(tr, 0, 1, p, len(p)); err != nil {
			return err
		}
		if err := same(p, 1); err != nil {
			return err
		}
		if err := w.recv(tr, 0, 1, p, 3); err != nil {
			return err
		}
		return same(p[:3], 2)
	})
}

func testCloseDuringReceive(w *world) {
	if err := w.handshake(0, 1); err != nil {
		w.errorf("%v", err)
		return
	}
	tr := w.ranks[0]
	ended := waiting(w.ctx, tr, tr.Irecv(1, 1, make([]byte, 10)))
	self := waiting(w.ctx, tr, tr.Irecv(0, 1, make([]byte, 10)))
	if err := tr.Close(); err != nil {
		w.errorf("close: %v", err)
	}
	for _, c := range []<-chan error{ended, self} {
		if err := <-c; !errors.Is(err, transport.ErrClosed) {
			w.errorf("error is %v, want ErrClosed", err)
		}
	}
}

// A message that nobody took over fails when its sender closes.
func testCloseDuringSend(w *world) {
	if err := w.handshake(0, 1); err != nil {
		w.errorf("%v", err)
		return
	}
	tr := w.ranks[0]
	ended := waiting(w.ctx, tr, tr.Isend(1, 1, pattern(huge(), 1)))
	if err := tr.Close(); err != nil {
		w.errorf("close: %v", err)
	}
	if err := <-ended; !errors.Is(err, transport.ErrClosed) {
		w.errorf("error is %v, want ErrClosed", err)
	}
}

func testAfterClose(w *world) {
	tr := w.ranks[0]
	if err := tr.Close(); err != nil {
		w.errorf("close: %v", err)
	}
	for _, peer := range []int{0, 1} {
		if err := tr.Wait(w.ctx, tr.Isend(peer, 1, []byte{1})); !errors.Is(err, transport.ErrClosed) {
			w.errorf("send to rank %d: error is %v, want ErrClosed", peer, err)
		}
		if err := tr.Wait(w.ctx, tr.Irecv(peer, 1, make([]byte, 1))); !errors.Is(err, transport.ErrClosed) {
			w.errorf("receive from rank %d: error is %v, want ErrClosed", peer, err)
		}
	}
}

func testCloseTwice(w *world) {
	if err := w.handshake(0, 1); err != nil {
		w.errorf("%v", err)
	}
	for range 2 {
		if err := w.ranks[0].Close(); err != nil {
			w.errorf("close: %v", err)
		}
	}
}

// A rank that closes ends what its peers wait for from it: nobody hangs.
func testPeerCloses(w *world) {
	if err := w.handshake(0, 1); err != nil {
		w.errorf("%v", err)
		return
	}
	tr := w.ranks[0]
	pending := waiting(w.ctx, tr, tr.Irecv(1, 1, make([]byte, 10)))
	w.ranks[1].Close()
	if err := <-pending; err == nil {
		w.errorf("a receive from a rank that closed ended without an error")
	}
	if err := tr.Wait(w.ctx, tr.Irecv(1, 1, make([]byte, 10))); err == nil {
		w.errorf("a later receive from a rank that closed ended without an error")
	}
}

func testPeerClosesDuringSend(w *world) {
	if err := w.handshake(0, 1); err != nil {
		w.errorf("%v", err)
		return
	}
	tr := w.ranks[0]
	pending := waiting(w.ctx, tr, tr.Isend(1, 1, make([]byte, huge())))
	w.ranks[1].Close()
	if err := <-pending; err == nil {
		w.errorf("a message that nobody received was sent without an error")
	}
}

// A rank that leaves early does not disturb those that no longer need it.
func testOthersGoOn(w *world) {
	for _, peer := range []int{0, 1} {
		if err := w.handshake(2, peer); err != nil {
			w.errorf("%v", err)
			return
		}
	}
	if err := w.ranks[2].Close(); err != nil {
		w.errorf("close: %v", err)
	}
	for i := range 10 {
		if err := w.pass(i%2, 1-i%2, 1, pattern(100_000*(i%3), uint64(i))); err != nil {
			w.errorf("%v", fmt.Errorf("after rank 2 left: %w", err))
			return
		}
	}
}
