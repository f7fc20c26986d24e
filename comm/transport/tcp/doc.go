// Package tcp carries messages between ranks over TCP, in pure Go. It has two
// parts.
//
// The Endpoint is a process's one listening port. Every connection begins with
// a hello (hello.go) in which both sides prove that they know the job's secret;
// strangers are turned away and the job goes on. The rendezvous uses it for the
// control tree, the Transport for its data connections. A connection is
// authenticated when it opens; what follows is neither encrypted nor signed.
//
// The Transport is a transport.Transport over one lazily opened connection per
// pair of ranks that talk; should both dial at once, the connection dialled by
// the lower rank lives. A short message goes out at once (eager), as long as its
// receiver's credit lasts: that bounds what a receiver keeps. Any other is
// announced first, and then read straight into the buffer that was posted for
// it, in pieces between which other messages have their turn; so no tag blocks
// another, and nothing is kept without bound (frame.go has the wire format).
//
// A message costs the sender one system call on the caller's own goroutine, and
// is read by the goroutine that waits for it (roles.go).
//
// The end of a connection without a goodbye is the loss of a rank; what it means
// is decided outside (Options.PeerLost), and Break then ends what is pending.
package tcp
