package bench

import (
	"context"
	"fmt"

	"numcomp/comm"
)

// blocks are the buffers of an operation that moves bytes: of each rank sent
// blocks and received ones.
type blocks struct {
	c          *comm.Comm
	n          int // bytes of a block
	memory     memory
	send, recv []byte // for the largest block
	sent, got  int    // blocks of each here
	// from is which rank's block is to arrive as the i-th, and which of its blocks.
	from func(i int) (rank, block int)
	move func(ctx context.Context, send, recv []byte) error
}

// newBlocks makes the memory for blocks of at most that many bytes.
func newBlocks(c *comm.Comm, most, sent, got int) (b *blocks, err error) {
	b = &blocks{c: c, sent: sent, got: got}
	if b.send, err = take[byte](&b.memory, most*sent); err == nil {
		b.recv, err = take[byte](&b.memory, most*got)
	}
	if err != nil {
		b.memory.free()
		return nil, err
	}
	return b, nil
}

func (b *blocks) resize(_ context.Context, n int) error {
	b.n = n
	return nil
}

func (b *blocks) close() error {
	b.memory.free()
	return nil
}

func (b *blocks) call(ctx context.Context) error {
	return b.move(ctx, b.send[:b.n*b.sent], b.recv[:b.n*b.got])
}

// content is byte i of rank's block: different for neighbours in each.
func content(rank, block, i int) byte { return byte(1 + (rank*31+block*17+i*7+i>>8)%251) }

func (b *blocks) fill() {
	for i := range b.recv[:b.n*b.got] {
		b.recv[i] = 0
	}
	for k := range b.sent {
		for i := range b.n {
			b.send[k*b.n+i] = content(b.c.Rank(), k, i)
		}
	}
}

func (b *blocks) check() error {
	for k := range b.got {
		rank, block := b.from(k)
		for i := range b.n {
			if got, want := b.recv[k*b.n+i], content(rank, block, i); got != want {
				return wrong(b.c, k, i, got, want)
			}
		}
	}
	return nil
}

// wrong is the error of an operation that brought something else.
func wrong(c *comm.Comm, block, i int, got, want any) error {
	return fmt.Errorf("rank %d got wrong data: element %d of block %d is %v, want %v", c.Rank(), i, block, got, want)
}
