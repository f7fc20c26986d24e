package rendezvous

import (
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"numcomp/comm/transport/tcp"
)

// Strangers who say nothing, garbage, or the right words with the wrong secret
// do not disturb a start.
func TestStrangersAtTheTree(t *testing.T) {
	ctx := deadline(t)
	store := newMemory()
	eps := make([]*tcp.Endpoint, 3)
	for r := range eps {
		ep, err := tcp.Listen(loopback())
		if err != nil {
			t.Fatal(err)
		}
		defer ep.Close()
		eps[r] = ep
		for _, text := range []string{"", "GET / HTTP/1.1\r\n\r\n", strings.Repeat("\xff", 1000)} {
			conn, err := net.Dial("tcp", ep.Addrs()[0].String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := io.WriteString(conn, text); err != nil {
				t.Fatal(err)
			}
		}
	}
	impostor, err := tcp.Listen(loopback())
	if err != nil {
		t.Fatal(err)
	}
	defer impostor.Close()
	impostor.Start(tcp.Identity{Rank: 1, Size: 3, Secret: tcp.Secret{1}}, nil)
	var wg sync.WaitGroup
	wg.Go(func() {
		var dial *tcp.DialError
		if _, err := impostor.Dial(ctx, 0, eps[0].Addrs(), tcp.KindControl); !errors.As(err, &dial) {
			t.Errorf("the impostor: %v", err)
		}
	})
	for r, ep := range eps {
		wg.Go(func() {
			w, err := Join(ctx, ep, store, Self{Host: "h", PID: r + 1}, Options{Rank: r, Size: 3})
			if err != nil {
				t.Errorf("rank %d: %v", r, err)
				return
			}
			if err := w.Control.Leave(ctx); err != nil {
				t.Errorf("rank %d: %v", r, err)
			}
			w.Control.Close()
		})
	}
	wg.Wait()
}

// Of two processes with one rank, one joins; the other is told, and the job
// goes on.
func TestDuplicateRankAtTheTree(t *testing.T) {
	ctx := deadline(t)
	store := newMemory()
	errs := make([]error, 4)
	worlds := make([]*World, 4)
	var wg sync.WaitGroup
	for i, r := range []int{0, 1, 2, 2} {
		ep, err := tcp.Listen(loopback())
		if err != nil {
			t.Fatal(err)
		}
		defer ep.Close()
		wg.Go(func() {
			worlds[i], errs[i] = Join(ctx, ep, store, Self{Host: "h", PID: i + 1}, Options{Rank: r, Size: 3})
		})
	}
	wg.Wait()
	if (errs[2] == nil) == (errs[3] == nil) {
		t.Fatalf("of two ranks 2: %v, %v", errs[2], errs[3])
	}
	lost := errors.Join(errs[2], errs[3]).Error()
	if !strings.Contains(lost, "two processes claim to be rank 2") || !strings.Contains(lost, "rank 2 (host h, pid ") {
		t.Errorf("the second rank 2 ended with %s", lost)
	}
	for i, w := range worlds {
		if w == nil {
			if i < 2 {
				t.Errorf("rank %d: %v", i, errs[i])
			}
			continue
		}
		wg.Go(func() {
			if err := w.Control.Leave(ctx); err != nil {
				t.Error(err)
			}
			w.Control.Close()
		})
	}
	wg.Wait()
}

func TestWorldSizesDiffer(t *testing.T) {
	ctx := deadline(t)
	store := newMemory()
	var wg sync.WaitGroup
	errs := make([]error, 2)
	for r := range 2 {
		ep, err := tcp.Listen(loopback())
		if err != nil {
			t.Fatal(err)
		}
		defer ep.Close()
		wg.Go(func() {
			_, errs[r] = Join(ctx, ep, store, Self{Host: "h", PID: r + 1}, Options{Rank: r, Size: 2 + r, StartTimeout: time.Second})
		})
	}
	wg.Wait()
	if errs[1] == nil || !strings.Contains(errs[1].Error(), "world size 3 there, 2 at rank 0") {
		t.Errorf("rank 1: %v", errs[1])
	}
	if errs[0] == nil || !strings.Contains(errs[0].Error(), "rank 1 of 2 did not arrive within 1s (--start-timeout) (rank 1 came and was refused: ") {
		t.Errorf("rank 0: %v", errs[0])
	}
}

// A neighbour that breaks the protocol counts as lost, by name.
func TestGarbageOnALink(t *testing.T) {
	w := joined(t, worldOptions{size: 7, fan: 2})
	c := w[2].world.Control
	c.mu.Lock()
	_, err := c.parent.conn.Write([]byte{9, 9, 9, 9, 9})
	c.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	for r, v := range w.verdicts(t) {
		if v.Rank != 2 || !strings.Contains(v.Error(), "unknown kind 9") {
			t.Errorf("rank %d: %v", r, v)
		}
	}
}
