package job

import (
	"context"
	"math"

	"numcomp/comm"
	"numcomp/internal/sysmem"
)

// checkMemory is collective over the ranks of a node: the lowest of them fails if
// the data of all of them need more memory than the node has. f is what this rank
// will take beyond what it has already taken.
func checkMemory(ctx context.Context, node *comm.Comm, f Footprint, o Options) (short, err error) {
	// Saturate so that no sum over the ranks overflows.
	limit := math.MaxInt64 / int64(node.Size()+4)
	parts := []int64{f.Arrays, f.Params, f.Results, f.Scratch}
	for i := range parts {
		parts[i] = min(parts[i], limit)
	}
	if err := reduceToAll(ctx, node, parts, comm.Sum[int64]()); err != nil {
		return nil, err
	}
	if node.Rank() != 0 {
		return nil, nil
	}
	available := o.hooks.available
	if available == nil {
		available = sysmem.Available
	}
	m, err := available()
	if err != nil {
		// Nothing is known, so nothing can be refused.
		return nil, nil
	}
	all := Footprint{parts[0], parts[1], parts[2], parts[3]}
	need := all.Total()
	// Beyond the limit only that it is too much is known.
	if need >= limit {
		need = math.MaxInt64
	}
	if need <= m.Bytes {
		return nil, nil
	}
	return &MemoryError{Host: o.Host, Needed: need, Available: m.Bytes, Source: m.Source, Parts: all.String(),
		Advice: "use a smaller --size, fewer --items or a smaller --mem, or a larger --stride for smaller results"}, nil
}
