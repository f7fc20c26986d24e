package job

import "sync/atomic"

// chunkBytes bounds what travels for one chunk, in bytes, unless the user says
// how many items a chunk has: enough to make the round trip cheap, little enough
// that the buffers of all ranks of a node stay small beside the arrays.
const chunkBytes = 8 << 20

// chunk is a run of items, first to first+count-1.
type chunk struct{ first, count int }

// chunker hands out the items of one iteration, in order, to whoever asks.
// Chunks shrink as guided self-scheduling's do (Polychronopoulos and Kuck, IEEE
// Transactions on Computers C-36, 1987), with half its size: the remaining items
// over twice the ranks. First chunks are large, for few messages, and last ones
// single items, for all ranks to end together.
type chunker struct {
	items, ranks int
	fixed        int // items a chunk; 0: guided
	limit        int // items at most

	next *atomic.Int64 // item; processes may have it in common
}

// newChunker counts in next, or, if it is nil, in a counter of its own, from 0.
func newChunker(p *Plan, ranks int, next *atomic.Int64) *chunker {
	if next == nil {
		next = new(atomic.Int64)
	}
	return &chunker{items: p.Items, ranks: ranks, fixed: p.Config.Chunk, limit: maxChunk(p, ranks), next: next}
}

// take returns the next chunk for a rank that takes it from the counter. Its count is
// 0 when there are no more items.
func (c *chunker) take() chunk { return c.grant(1) }

// grant is take for a rank of a group, whose leader is granted so many rounds of its
// ranks. Where chunks are guided, all rounds together are one chunk of a rank that
// takes it from the counter.
func (c *chunker) grant(rounds int) chunk {
	for {
		first := int(c.next.Load())
		left := c.items - first
		n := c.fixed
		if n == 0 {
			n = (guided(left, c.ranks) + rounds - 1) / rounds
		}
		k := chunk{first: first, count: min(n, c.limit, left)}
		if k.count == 0 || c.next.CompareAndSwap(int64(first), int64(first+k.count)) {
			return k
		}
	}
}

// scarce tells whether about two chunks a rank or less are left.
func (c *chunker) scarce() bool {
	left := c.items - int(c.next.Load())
	return left <= 2*c.ranks*max(1, min(c.fixed, c.limit))
}

func guided(left, ranks int) int {
	n := left / (2 * ranks)
	if left%(2*ranks) > 0 {
		n++
	}
	return n
}

// grantedChunk is the largest chunk of a rank that is granted two rounds.
func grantedChunk(p *Plan, ranks int) int {
	n := maxChunk(p, ranks)
	if p.Config.Chunk == 0 {
		n = min(n, (guided(p.Items, ranks)+1)/2)
	}
	return n
}

// maxChunk is the largest chunk that a chunker hands out: what a rank's buffers
// are for.
func maxChunk(p *Plan, ranks int) int {
	if p.Config.Chunk > 0 {
		return min(p.Config.Chunk, p.Items)
	}
	item := p.resultBytes()
	if p.Config.Distribution == Scatter {
		item = sum(item, p.arrayBytes())
	}
	if !p.OneParams {
		item = sum(item, p.paramsBytes())
	}
	return int(min(int64(guided(p.Items, ranks)), max(1, chunkBytes/item)))
}
