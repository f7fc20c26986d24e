package bench

import (
	"context"
	"fmt"

	"numcomp/comm"
)

// onPair is collective: it runs f on a communicator of ranks 0 and 1, for each
// size, while all other ranks wait for the end. The rows are rank 0's; on all
// other ranks there are none.
func onPair(ctx context.Context, c *comm.Comm, what string, sizes []int, f func(pair *comm.Comm, size int) (Row, error)) ([]Row, error) {
	if c.Size() < 2 {
		return nil, fmt.Errorf("bench: %s needs 2 ranks, this world has %d", what, c.Size())
	}
	if err := checkSizes(what, sizes, 1); err != nil {
		return nil, err
	}
	color := 0
	if c.Rank() > 1 {
		color = -1
	}
	pair, err := c.Split(ctx, color, 0)
	if err != nil {
		return nil, err
	}
	var rows []Row
	if pair != nil {
		for _, n := range sizes {
			row, err := f(pair, n)
			if err != nil {
				return nil, fmt.Errorf("bench: %s of %d bytes: %w", what, n, err)
			}
			if pair.Rank() == 0 {
				rows = append(rows, row.of(n).withRates())
			}
		}
	}
	return rows, comm.Barrier(ctx, c)
}

// checkSizes refuses sizes that are not whole elements of so many bytes.
func checkSizes(what string, sizes []int, element int) error {
	for _, n := range sizes {
		switch {
		case n < 0:
			return fmt.Errorf("bench: %s: size %d is negative", what, n)
		case n%element != 0:
			return fmt.Errorf("bench: %s: size %d is not a multiple of %d, the bytes of an element", what, n, element)
		}
	}
	return nil
}
