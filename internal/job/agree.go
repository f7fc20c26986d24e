package job

import (
	"context"
	"encoding/binary"
	"errors"

	"numcomp/comm"
)

// agreeOn is collective: it returns the least of all ranks' values, one by one, if
// mine is nil on every rank. Otherwise every rank gets a *RankError with the error
// of the lowest rank that has one. What stands alone on one rank, such as reading a
// file, so ends all of them.
func agreeOn(ctx context.Context, c *comm.Comm, mine error, values []int64) (least []int64, err error) {
	size := int64(c.Size())
	both := append([]int64{size}, values...) // the lowest rank with an error, the least values
	if mine != nil {
		both[0] = int64(c.Rank())
	}
	// Through connections that the broadcast and the gather of every iteration have
	// as well. Allreduce would open others, log2 p for each rank.
	if err := comm.Reduce(ctx, c, both, both, comm.Min[int64](), 0); err != nil {
		return nil, err
	}
	if err := comm.Bcast(ctx, c, both, 0); err != nil {
		return nil, err
	}
	if both[0] == size {
		return both[1:], nil
	}
	return nil, tell(ctx, c, mine, int(both[0]))
}

// tell is collective: the error of the failed rank, on every rank.
func tell(ctx context.Context, c *comm.Comm, mine error, failed int) error {
	var text []byte
	if failed == c.Rank() {
		text = append(text, errorKind(mine))
		text = append(text, mine.Error()...)
	}
	text, err := bcastBytes(ctx, c, text, failed)
	if err != nil {
		return err
	}
	if failed == c.Rank() {
		return &RankError{Rank: failed, Mine: true, Err: mine}
	}
	return &RankError{Rank: failed, Err: errorOfKind(text[0], string(text[1:]))}
}

// What kind of error a text is of, for ranks that have only the text.
const (
	otherKind = iota
	usageKind
)

func errorKind(err error) byte {
	var u interface{ Usage() bool }
	if errors.As(err, &u) && u.Usage() {
		return usageKind
	}
	return otherKind
}

func errorOfKind(kind byte, text string) error {
	if kind == usageKind {
		return &UsageError{text}
	}
	return errors.New(text)
}

// headBytes is how much of a text goes with its length in one message.
const headBytes = 4096

// bcastBytes broadcasts root's p, whose length the others do not know.
func bcastBytes(ctx context.Context, c *comm.Comm, p []byte, root int) ([]byte, error) {
	head := make([]byte, 8+headBytes)
	if c.Rank() == root {
		binary.LittleEndian.PutUint64(head, uint64(len(p)))
		copy(head[8:], p)
	}
	if err := comm.Bcast(ctx, c, head, root); err != nil {
		return nil, err
	}
	if c.Rank() != root {
		p = make([]byte, binary.LittleEndian.Uint64(head))
		copy(p, head[8:])
	}
	if len(p) <= headBytes {
		return p, nil
	}
	return p, comm.Bcast(ctx, c, p[headBytes:], root)
}
