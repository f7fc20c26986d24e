package shm

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == rankArgument {
		os.Exit(playRank(os.Stdin, os.Stdout))
	}
	goleak.VerifyTestMain(m)
}
