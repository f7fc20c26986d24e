package bench

import (
	"slices"
	"time"
)

// Row is what one size, chunk or phase of a benchmark gave. Its JSON form is
// described in docs/json.md; numbers that do not apply are 0.
type Row struct {
	// Bytes is the length of one message, or of one rank's block.
	Bytes int `json:"bytes"`
	// Chunk is how many items a rank takes at a time; 0: guided.
	Chunk int `json:"chunk"`
	// Phase is a part of a run.
	Phase string `json:"phase"`
	// Rounds is how many were measured, after the warm-up.
	Rounds int `json:"rounds"`
	// MinSeconds, MedianSeconds and P99Seconds are over the rounds; the 99th
	// percentile of fewer than 100 rounds is the longest.
	MinSeconds    float64 `json:"min_seconds"`
	MedianSeconds float64 `json:"median_seconds"`
	P99Seconds    float64 `json:"p99_seconds"`
	// TotalSeconds is what all rounds took together, on rank 0.
	TotalSeconds float64 `json:"total_seconds"`
	// BytesPerSecond is Bytes over MedianSeconds: one direction between a pair.
	BytesPerSecond float64 `json:"bytes_per_second"`
	// PerSecond is how many messages or items a second, by the median.
	PerSecond float64 `json:"per_second"`
	// MessagesMoved and BytesMoved are what the transports of all ranks sent in a
	// round, the mean.
	MessagesMoved float64 `json:"messages_moved"`
	BytesMoved    float64 `json:"bytes_moved"`
	// ItemsElsewhere is how many of a round's items ranks other than rank 0 took,
	// the mean.
	ItemsElsewhere float64 `json:"items_elsewhere"`
}

// NewRow is the Row of rounds that took so long, which it sorts.
func NewRow(took []time.Duration) Row {
	slices.Sort(took)
	n := len(took)
	if n == 0 {
		return Row{}
	}
	r := Row{
		Rounds:     n,
		MinSeconds: took[0].Seconds(), MedianSeconds: took[n/2].Seconds(), P99Seconds: took[(99*n+99)/100-1].Seconds(),
	}
	for _, d := range took {
		r.TotalSeconds += d.Seconds()
	}
	return r
}

// over is r with its seconds, but for the total's, divided by n.
func (r Row) over(n float64) Row {
	r.MinSeconds /= n
	r.MedianSeconds /= n
	r.P99Seconds /= n
	return r
}

// of is r of messages or blocks of n bytes.
func (r Row) of(n int) Row {
	r.Bytes = n
	return r
}

// withRates is r with how many bytes and messages a second go one way.
func (r Row) withRates() Row {
	if r.MedianSeconds > 0 {
		r.PerSecond = 1 / r.MedianSeconds
		r.BytesPerSecond = float64(r.Bytes) * r.PerSecond
	}
	return r
}
