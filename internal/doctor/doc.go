// Package doctor tells what a run would meet with: who started the ranks and how
// they find each other, and for every rank its host, addresses, CPUs, limits,
// memory and versions; with several ranks, who reaches whom by which address and
// how fast. What will break a run, or slow it down, is a [Finding] that says what
// to do.
//
// [Look] reads one process's surroundings from a [System], which a test makes up;
// [Exchange] is collective and brings the ranks' together on rank 0; [Diagnose]
// is pure.
package doctor
