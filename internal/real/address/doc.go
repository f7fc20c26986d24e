// Package address holds the suite of numcomp's addresses: machines without IPv4,
// addresses that two machines share, --iface and --port-range, in network
// namespaces of its own.
package address
