package comm_test

import (
	"context"
	"fmt"
	"log"
	"sync"

	"numcomp/comm"
	"numcomp/comm/transport/mem"
)

// Four ranks, here goroutines: rank 0 broadcasts an array, every rank works on
// its share, and rank 0 gathers the results.
func Example() {
	ctx := context.Background()
	var ranks sync.WaitGroup
	for _, t := range mem.NewWorld(4) {
		ranks.Go(func() {
			defer t.Close()
			c, err := comm.NewWorld(t, nil)
			if err != nil {
				log.Fatal(err)
			}
			array := make([]float64, 8)
			if c.Rank() == 0 {
				for i := range array {
					array[i] = float64(i)
				}
			}
			if err := comm.Bcast(ctx, c, array, 0); err != nil {
				log.Fatal(err)
			}
			mine := array[2*c.Rank() : 2*c.Rank()+2]
			for i := range mine {
				mine[i] *= mine[i]
			}
			squares := make([]float64, len(array)) // used at rank 0
			if err := comm.Gather(ctx, c, mine, squares, 0); err != nil {
				log.Fatal(err)
			}
			if c.Rank() == 0 {
				fmt.Println(squares)
			}
		})
	}
	ranks.Wait()
	// Output: [0 1 4 9 16 25 36 49]
}
