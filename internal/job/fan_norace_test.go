//go:build !race

package job

import "testing"

// A thousand goroutine ranks are too slow to be worth it under the race detector.
func TestPeersOfManyRanks1024(t *testing.T) { testPeers(t, 1024) }
