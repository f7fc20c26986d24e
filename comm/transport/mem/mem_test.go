package mem_test

import (
	"testing"

	"go.uber.org/goleak"

	"numcomp/comm/transport"
	"numcomp/comm/transport/mem"
	"numcomp/comm/transport/transporttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTransport(t *testing.T) {
	transporttest.Run(t, func(_ *testing.T, size int) []transport.Transport { return mem.NewWorld(size) })
}
