package job

import (
	"context"

	"numcomp/kernels"
)

// fetchedBytes is how much a rank fetches at once, but at least one array: little
// enough that it is still in the rank's cache when it is computed from.
const fetchedBytes = 256 << 10

// fetchedAtOnce is how many arrays that is.
func fetchedAtOnce(p *Plan) int {
	return int(min(int64(p.Items), max(1, fetchedBytes/max(1, p.arrayBytes()))))
}

// cachedBytes is up to which size what is fetched at once may be found in a cache.
const cachedBytes = 8 << 20

// computeOwn computes the chunk of the rank's items, and fetches their arrays before
// where they are not its own. The time goes to ph, all of what watch has not yet
// counted.
func (r *rank[T]) computeOwn(ctx context.Context, k chunk, watch *stopwatch, ph *phases, computed func()) error {
	for at, end := k.first, k.first+k.count; at < end; {
		n := end - at
		if r.fetched != nil {
			n = min(n, r.here.fetched)
			watch.a.enter(Distributing, watch.last)
			r.fetch(chunk{at, n})
			ph.distribute += watch.lap(Computing)
		}
		for i := at; i < at+n; i++ {
			if err := r.apply(ctx, r.result(i), r.input(i), r.param(i)); err != nil {
				return err
			}
			computed()
		}
		if r.fetched != nil {
			ph.compute += watch.lap(Computing)
		}
		at += n
	}
	return nil
}

// fetch copies the arrays of k out of what the group has in common.
func (r *rank[T]) fetch(k chunk) {
	from := portionOf(r.arrays, r.plan.Array, k)
	r.first = k.first
	bytes := len(from) * r.plan.Config.DType.Bytes()
	r.copied += int64(bytes)
	if bytes > cachedBytes {
		copy(r.fetched, from)
		return
	}
	copyCached(r.fetched, from)
}

// copyCached is copy through the cache: the run-time copies 1 MiB and more past it.
func copyCached[T kernels.Float](dst, src []T) {
	const piece = 4 << 10
	for len(src) > piece {
		copy(dst, src[:piece])
		dst, src = dst[piece:], src[piece:]
	}
	copy(dst, src)
}
