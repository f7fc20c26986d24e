package comm

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"numcomp/comm/transport"
	"numcomp/comm/transport/mem"
)

func TestSplit(t *testing.T) {
	for _, size := range worldSizes {
		spmd(t, size, func(ctx context.Context, c *Comm) error {
			// Every third rank belongs to none; the others by parity, backwards.
			color := c.Rank() % 2
			if c.Rank()%3 == 2 {
				color = -1
			}
			part, err := c.Split(ctx, color, -c.Rank())
			if err != nil {
				return err
			}
			if color < 0 {
				if part != nil {
					return fmt.Errorf("a negative color got a communicator of %d ranks", part.Size())
				}
				return nil
			}
			var members []int
			for r := size - 1; r >= 0; r-- {
				if r%3 != 2 && r%2 == color {
					members = append(members, r)
				}
			}
			if part.Size() != len(members) || members[part.Rank()] != c.Rank() {
				return fmt.Errorf("rank %d of %d, want the place in %v", part.Rank(), part.Size(), members)
			}
			return groupWorks(ctx, part, members)
		})
	}
}

// groupWorks checks that the ranks of part are these world ranks.
func groupWorks(ctx context.Context, part *Comm, worldRanks []int) error {
	got := make([]int64, part.Size())
	if err := Allgather(ctx, part, []int64{int64(worldRanks[part.Rank()])}, got); err != nil {
		return err
	}
	for r, w := range got {
		if int(w) != worldRanks[r] {
			return fmt.Errorf("ranks are %v, want %v", got, worldRanks)
		}
	}
	right, left := (part.Rank()+1)%part.Size(), (part.Rank()+part.Size()-1)%part.Size()
	in := make([]int64, 1)
	if _, err := Sendrecv(ctx, part, right, 0, []int64{int64(part.Rank())}, left, 0, in); err != nil {
		return err
	}
	if int(in[0]) != left {
		return fmt.Errorf("received from rank %d, want %d", in[0], left)
	}
	return nil
}

// Communicators made one after the other, within one another too, do not
// disturb each other.
func TestSplitAgain(t *testing.T) {
	const size = 8
	spmd(t, size, func(ctx context.Context, c *Comm) error {
		comms := []*Comm{c}
		for _, of := range []int{2, 4, 1} {
			for _, parent := range slices.Clone(comms) {
				part, err := parent.Split(ctx, parent.Rank()%of, 0)
				if err != nil {
					return err
				}
				comms = append(comms, part)
			}
		}
		// A message is sent in each before any is received, and a collective
		// runs in between, in the other order.
		var sent []*Request
		for i, part := range comms {
			sent = append(sent, Isend(part, (part.Rank()+1)%part.Size(), 1, []int64{int64(i)}))
		}
		for i := len(comms) - 1; i >= 0; i-- {
			part := comms[i]
			sum := make([]int64, 1)
			if err := Allreduce(ctx, part, []int64{1}, sum, Sum[int64]()); err != nil {
				return err
			}
			if int(sum[0]) != part.Size() {
				return fmt.Errorf("communicator %d: sum %d, want %d", i, sum[0], part.Size())
			}
			in := make([]int64, 1)
			if _, err := Recv(ctx, part, (part.Rank()+part.Size()-1)%part.Size(), 1, in); err != nil {
				return err
			}
			if int(in[0]) != i {
				return fmt.Errorf("communicator %d received the message of %d", i, in[0])
			}
		}
		return Wait(ctx, sent...)
	})
}

// Ranks that have made different numbers of communicators agree on the next.
func TestSplitUneven(t *testing.T) {
	spmd(t, 5, func(ctx context.Context, c *Comm) error {
		color := min(c.Rank(), 2) // rank 0, rank 1, and the others
		part, err := c.Split(ctx, color, 0)
		if err != nil {
			return err
		}
		var kept []*Comm
		for i := 0; i < 3 && c.Rank() == 1; i++ { // alone
			part, err := part.Split(ctx, 0, 0)
			if err != nil {
				return err
			}
			kept = append(kept, part)
		}
		whole, err := c.Split(ctx, 0, 0)
		if err != nil {
			return err
		}
		for _, k := range kept {
			if k.context == whole.context {
				return fmt.Errorf("two communicators have context id %d", k.context)
			}
		}
		return groupWorks(ctx, whole, []int{0, 1, 2, 3, 4})
	})
}

func TestSplitNode(t *testing.T) {
	nodes := []int{0, 1, 0, 2, 1, 0}
	ranks := mem.NewWorld(len(nodes))
	comms := newComms(t, ranks, testTuning())
	var members transport.List[Member]
	for r, node := range nodes {
		members = append(members, Member{Host: fmt.Sprintf("n%d", node), Node: node, PID: 100 + r})
	}
	for _, c := range comms {
		c.world.members = members
	}
	for _, err := range each(t, comms, func(ctx context.Context, c *Comm) error {
		part, err := c.SplitNode(ctx)
		if err != nil {
			return err
		}
		var members []int
		for r, node := range nodes {
			if node == nodes[c.Rank()] {
				members = append(members, r)
			}
		}
		for i, r := range members {
			if part.Member(i).PID != 100+r {
				return fmt.Errorf("member %d is %+v", i, part.Member(i))
			}
		}
		return groupWorks(ctx, part, members)
	}) {
		if err != nil {
			t.Error(err)
		}
	}
}

func TestBarrier(t *testing.T) {
	for _, size := range worldSizes {
		// arrived is written before the barrier and read after it, by all: the
		// race detector and the values tell if one leaves early.
		arrived := make([]int, size)
		spmd(t, size, func(ctx context.Context, c *Comm) error {
			for round := 1; round <= 10; round++ {
				arrived[c.Rank()] = round
				if err := Barrier(ctx, c); err != nil {
					return err
				}
				for r, at := range arrived {
					if at != round {
						return fmt.Errorf("rank %d is in round %d, want %d", r, at, round)
					}
				}
				if err := Barrier(ctx, c); err != nil {
					return err
				}
			}
			return nil
		})
	}
}
