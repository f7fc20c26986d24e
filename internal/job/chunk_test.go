package job

import (
	"math"
	"sync"
	"testing"

	"numcomp/kernels"
)

func TestShareIsFloor(t *testing.T) {
	for _, n := range []int{0, 1, 2, 7, 8, 9, 1000} {
		for _, size := range []int{1, 2, 3, 7, 8, 1001} {
			at := 0
			for rank := range size {
				first, end := share(n, rank, size)
				if first != at || first != rank*n/size || end != (rank+1)*n/size {
					t.Fatalf("rank %d of %d, %d items: %d to %d", rank, size, n, first, end)
				}
				at = end
			}
			if at != n {
				t.Fatalf("%d ranks share %d of %d items", size, at, n)
			}
		}
	}
	if first, end := share(math.MaxInt, 65535, 65536); end != math.MaxInt || end-first != math.MaxInt/65536+1 {
		t.Errorf("the last share of very many items: %d to %d", first, end)
	}
}

// chunksOf takes all chunks for a plan, checks that they are all items in order,
// and returns their counts.
func chunksOf(t *testing.T, p *Plan, ranks int) []int {
	t.Helper()
	c := newChunker(p, ranks, nil)
	var counts []int
	at := 0
	for k := c.take(); k.count > 0; k = c.take() {
		if k.first != at || k.count > maxChunk(p, ranks) {
			t.Fatalf("chunk %+v after %d items, at most %d", k, at, maxChunk(p, ranks))
		}
		at += k.count
		counts = append(counts, k.count)
	}
	if at != p.Items {
		t.Fatalf("%d of %d items", at, p.Items)
	}
	if k := c.take(); k.count != 0 {
		t.Fatalf("a chunk after the last: %+v", k)
	}
	return counts
}

func plan(items, chunk int, d Distribution, array kernels.Shape) *Plan {
	return &Plan{Config: Config{Schedule: Dynamic, Chunk: chunk, Distribution: d}, Items: items, Array: array, Result: kernels.Shape{Rows: 1, Cols: 1}, OneParams: true}
}

func TestChunks(t *testing.T) {
	one, large := kernels.Shape{Rows: 1, Cols: 1}, kernels.Shape{Rows: 1024, Cols: 1024}
	for _, c := range []struct {
		p     *Plan
		ranks int
		want  []int
	}{
		{plan(10, 4, Broadcast, one), 3, []int{4, 4, 2}},
		{plan(3, 100, Broadcast, one), 2, []int{3}},
		{plan(10, 0, Broadcast, one), 2, []int{3, 2, 2, 1, 1, 1}},
		{plan(4, 0, Broadcast, one), 8, []int{1, 1, 1, 1}},
		{plan(7, 0, Broadcast, one), 1, []int{4, 2, 1}},
		// Arrays of 8 MiB travel one by one.
		{plan(5, 0, Scatter, large), 1, []int{1, 1, 1, 1, 1}},
		{plan(6, 2, Scatter, large), 1, []int{2, 2, 2}},
		// A broadcast one does not travel.
		{plan(5, 0, Broadcast, large), 1, []int{3, 1, 1}},
		{plan(0, 0, Broadcast, one), 3, nil},
	} {
		got := chunksOf(t, c.p, c.ranks)
		if len(got) != len(c.want) {
			t.Errorf("%+v, %d ranks: chunks %v, want %v", c.p, c.ranks, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%+v, %d ranks: chunks %v, want %v", c.p, c.ranks, got, c.want)
				break
			}
		}
	}
}

func TestChunksManyRanks(t *testing.T) {
	for _, items := range []int{1, 2, 17, 1000, 4096} {
		for _, ranks := range []int{1, 2, 3, 64, 1000} {
			counts := chunksOf(t, plan(items, 0, Broadcast, kernels.Shape{Rows: 1, Cols: 1}), ranks)
			for i := 1; i < len(counts); i++ {
				if counts[i] > counts[i-1] {
					t.Fatalf("%d items, %d ranks: chunks grow: %v", items, ranks, counts)
				}
			}
		}
	}
}

func TestChunkerTakesEachItemOnce(t *testing.T) {
	c := newChunker(plan(5000, 0, Broadcast, kernels.Shape{Rows: 1, Cols: 1}), 8, nil)
	taken := make([]int, 5000)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for k := c.take(); k.count > 0; k = c.take() {
				for i := k.first; i < k.first+k.count; i++ {
					taken[i]++ // under -race: no two chunks share an item
				}
			}
		})
	}
	all.Wait()
	for i, n := range taken {
		if n != 1 {
			t.Fatalf("item %d was taken %d times", i, n)
		}
	}
}
