// Package shm carries messages between the ranks of a node through memory that
// they share, and lets them have arrays in common. Ranks of other nodes are
// reached through another transport, which it is given.
//
// Every rank owns a mailbox: a sealed memfd without a name in any file system,
// which other ranks open as /proc/PID/fd/N and believe once they have read in it
// the nonce that the rendezvous passed on (attach.go). A rank that sends claims a
// ring in its peer's mailbox at first use (mailbox.go, ring.go). A short message
// is copied into the ring (eager), as long as its receiver's credit lasts; any
// other is offered there (frame.go). Its receiver asks for it in parts, through a
// pipe, if its sender looks after it at that moment and each has a CPU (stream.go);
// else it copies the message straight out of the sender's memory, in one copy
// (pull.go), or where the kernel does not allow that asks for it all the same. So no
// tag blocks another and nothing is buffered without bound. A call that sends or
// receives one short message, and waits, does without a request (direct.go).
//
// Whoever waits looks into the rings, for as long as transport.Waiting allows,
// and then sleeps in a read of the rank's doorbell, a pipe that senders write to
// when they find the rank asleep (wait.go).
//
// It needs Linux. Open says where memory cannot be shared, and why.
package shm
