// Package pmiwire is the text of PMI-1.1, the protocol between a rank and the
// launcher that started it: one message a line, made of key=value pairs. Client
// (comm/rendezvous) and server (launch) share it. It does no input or output.
//
// The protocol has no single specification. The closest are RFC 13 of the Flux
// project (a grammar) and pmi-1.1.txt of MPICH; servers differ in key order,
// extra keys and extra blanks, all of which Parse accepts. Format writes what
// all of them read: cmd first, one blank between pairs.
//
// A server that passes on what foreign programs put must take any key and value
// that Parse returned, within MaxKey and MaxValue: CheckKey and CheckValue are
// stricter, they keep to what every known server carries unharmed.
package pmiwire
