//go:build !mpi

package comm

import (
	"context"
	"testing"

	"go.uber.org/goleak"
)

// runTests runs the tests of this process.
func runTests(m *testing.M) { goleak.VerifyTestMain(m) }

// launched runs body as the rank of size that a launcher made this process, and tells
// whether it is one. It is none without the tag mpi.
func launched(*testing.T, int, func(context.Context, *Comm) error) bool { return false }
