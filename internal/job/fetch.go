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

// computeOwn is compute of items whose arrays the rank fetches before, where they are
// not its own. The time goes to ph, but for what watch has not yet counted.
func (r *rank[T]) computeOwn(ctx context.Context, k chunk, watch *stopwatch, ph *phases, done func(item int)) error {
	if r.fetched == nil {
		return r.compute(ctx, k, done)
	}
	for end := k.first + k.count; k.first < end; k.first += k.count {
		k.count = min(r.here.fetched, end-k.first)
		watch.a.enter(Distributing, watch.last)
		r.fetch(k)
		ph.distribute += watch.lap(Computing)
		if err := r.compute(ctx, k, done); err != nil {
			return err
		}
		ph.compute += watch.lap(Computing)
	}
	return nil
}

// fetch copies the arrays of k out of what the group has in common.
func (r *rank[T]) fetch(k chunk) {
	from := portionOf(r.arrays, r.plan.Array, k)
	r.firstFetched = k.first
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
