//go:build mpi

package mpi

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"testing"

	"numcomp/comm/transport"
)

// TestPieces: what goes in pieces arrives as what goes whole does, wherever the root is,
// in place too.
func TestPieces(t *testing.T) {
	for _, np := range []int{1, 2, 3, 5} {
		out, err := mpirun(t, np, []string{pieceVariable + "=1"}, os.Args[0]).CombinedOutput()
		if err != nil {
			t.Errorf("%d ranks: %v\n%s", np, err, out)
		}
	}
}

// collectInPieces is the life of a rank of TestPieces.
func collectInPieces() error {
	p, size, err := startRank()
	if err != nil {
		return err
	}
	tr, err := p.Open()
	if err != nil {
		return err
	}
	g := tr.world
	if want := p.node.ranks <= p.node.cpus; g.together != want {
		return fmt.Errorf("%d ranks on %d CPUs together: %t, want %t", p.node.ranks, p.node.cpus, g.together, want)
	}
	half, err := g.Split(context.Background(), g.rank%2, g.rank)
	if err != nil {
		return err
	}
	if got := half.(*group).together; got != g.together {
		return fmt.Errorf("half of the ranks together: %t, all of them: %t", got, g.together)
	}
	for _, n := range []int{short, short + 16, 2 * short, 2*short + 32, piecewise, piecewise + 16, piecewiseReduced} {
		for _, part := range []*group{g, half.(*group)} {
			if err := compareWays(part, n); err != nil {
				return err
			}
		}
	}
	tr.leader = g.rank // as on nodes of their own
	if got, err := tr.together(g.comm); err != nil || got && size > 1 {
		return fmt.Errorf("ranks of %d nodes together: %t, %v", size, got, err)
	}
	tr.Close()
	p.Stop()
	return nil
}

// compareWays compares collectives of blocks of n bytes that go whole and in pieces.
func compareWays(g *group, n int) error {
	for root := range g.size {
		for _, x := range piecesCases(g, n, root) {
			for _, inPlace := range []bool{false, true} {
				whole, err := received(g, x, inPlace, false)
				if err != nil {
					return err
				}
				pieces, err := received(g, x, inPlace, true)
				if err != nil {
					return err
				}
				if !bytes.Equal(whole, pieces) {
					return fmt.Errorf("collective %d of %d bytes, root %d, in place %t: rank %d has other bytes by pieces", x.Kind, n, root, inPlace, g.rank)
				}
			}
		}
	}
	return nil
}

// received is what x brings, with buffers of its own.
func received(g *group, x transport.Collective, inPlace, together bool) ([]byte, error) {
	send := x.Send
	x.Send, x.Recv = bytes.Clone(send), bytes.Clone(x.Recv)
	if inPlace && len(send) > 0 && len(x.Recv) > 0 {
		x.Send = x.Recv
		if x.Kind == transport.Gather {
			x.Send = block(x.Recv, x.Out, g.rank)
		}
		copy(x.Send, send)
	}
	g.together = together
	if done, err := g.Run(context.Background(), x); !done || err != nil {
		return nil, fmt.Errorf("collective %d, root %d: carried out: %t, %v", x.Kind, x.Root, done, err)
	}
	return x.Recv, nil
}

// piecesCases are the collectives that may go in pieces, as this rank calls them.
func piecesCases(g *group, n, root int) []transport.Collective {
	mine := make([]byte, n)
	for i := 0; i < n; i += 8 {
		binary.LittleEndian.PutUint64(mine[i:], uint64(1+g.rank)*uint64(i+root+1))
	}
	all := []transport.Collective{
		{Kind: transport.Bcast, Recv: mine},
		{Kind: transport.Gather, Send: mine, Out: transport.Blocks{N: n}},
		{Kind: transport.Reduce, Send: mine, Element: transport.Int64, Op: transport.Sum},
		{Kind: transport.Allreduce, Send: mine, Recv: make([]byte, n), Element: transport.Int64, Op: transport.Max},
		{Kind: transport.Allreduce, Send: mine, Recv: make([]byte, n), Element: transport.Int16, Op: transport.Xor},
	}
	for i := range all {
		all[i].Root = root
	}
	if g.rank == root {
		all[1].Recv, all[2].Recv = make([]byte, n*g.size), make([]byte, n)
	}
	return all
}
