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
// pair of ranks that talk.
package tcp
