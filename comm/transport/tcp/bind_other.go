//go:build !linux

package tcp

import "net"

// listenEverywhere listens at port of all addresses.
func listenEverywhere(port int) (*net.TCPListener, error) { return listenAt("", port) }
