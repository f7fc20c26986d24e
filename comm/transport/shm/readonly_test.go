package shm

import (
	"testing"

	"numcomp/comm/transport"
	"numcomp/comm/transport/transporttest"
)

func TestReadOnly(t *testing.T) {
	transporttest.ReadOnly(t, func(t *testing.T, size int) []transport.Transport { return newWorldOf(t, size, Options{}) })
}
