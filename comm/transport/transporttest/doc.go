// Package transporttest is the conformance suite that every transport passes.
//
// A transport's own test is one line:
//
//	func TestTransport(t *testing.T) { transporttest.Run(t, newWorld) }
//
// where newWorld makes a world of the given size inside this process, one
// Transport a rank. The suite closes the transports; what newWorld needs
// besides (endpoints, temporary files) it releases itself with t.Cleanup, which
// runs after the suite has closed them.
//
// The subtests are named after the promise of transport.Transport they check.
// Each runs under a watchdog, so that a deadlock is a failure with every
// goroutine's stack, not a hang.
package transporttest
