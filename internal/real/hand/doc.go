// Package hand holds the suite of numcomp's ranks started by hand, with --head,
// --rank and --world-size.
package hand
