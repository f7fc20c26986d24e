package job

import (
	"context"
	"errors"

	"numcomp/comm"
)

// agree is collective: it returns nil if mine is nil on every rank. Otherwise
// every rank gets a *RankError with the error of the lowest rank that has one.
// What stands alone on one rank, such as reading a file, so ends all of them.
func agree(ctx context.Context, c *comm.Comm, mine error) error {
	size := int64(c.Size())
	lowest := []int64{size}
	if mine != nil {
		lowest[0] = int64(c.Rank())
	}
	if err := reduceToAll(ctx, c, lowest, comm.Min[int64]()); err != nil {
		return err
	}
	if lowest[0] == size {
		return nil
	}
	failed := int(lowest[0])
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

// bcastBytes broadcasts root's p, whose length the others do not know.
func bcastBytes(ctx context.Context, c *comm.Comm, p []byte, root int) ([]byte, error) {
	n := []int64{int64(len(p))}
	if err := comm.Bcast(ctx, c, n, root); err != nil {
		return nil, err
	}
	if c.Rank() != root {
		p = make([]byte, n[0])
	}
	return p, comm.Bcast(ctx, c, p, root)
}

// reduceToAll is collective and combines a few values in place, by way of rank 0:
// through connections that the broadcast and the gather of every iteration have
// as well. Allreduce would open others, log2 p for each rank.
func reduceToAll(ctx context.Context, c *comm.Comm, values []int64, op comm.Op[int64]) error {
	if err := comm.Reduce(ctx, c, values, values, op, 0); err != nil {
		return err
	}
	return comm.Bcast(ctx, c, values, 0)
}
