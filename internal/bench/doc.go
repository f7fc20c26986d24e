// Package bench measures communicators: what `numcomp bench` and the
// repository's own benchmarks share. The same loops in C for MPI are in the
// folder bench at the top, so that both sides of a comparison measure alike.
package bench
