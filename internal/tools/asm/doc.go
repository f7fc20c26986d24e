// Command asm writes the assembly of package kernels/simd, and the Go
// declarations that belong to it. `make generate` runs it, and `make check`
// fails when what is in the tree is not what it writes.
//
// It stands in the tools' module, so that numcomp itself does not depend on
// github.com/mmcloughlin/avo.
package main
