// Package netaddr knows a node's own network addresses: which to publish and in
// which order, how lists of them are written, and what --iface and --port-range
// say. It never resolves a host name: a machine's idea of its own name is often
// wrong (127.0.1.1, a public address), its list of interfaces is not.
//
// Everything but Interfaces is a pure function.
package netaddr
