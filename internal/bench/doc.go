// Package bench measures communicators: what `numcomp bench` and the
// repository's own benchmarks share. The same loops in C for MPI are in the
// folder bench at the top, so that both sides of a comparison measure alike.
//
// A benchmark plays rounds: first some that warm up, whose pace tells how many
// are then measured (see [Effort]); it tells the least, the median and the 99th
// percentile of what the rounds took. What a round is, and from when to when it
// is measured, is the benchmark's [Metric].
package bench
