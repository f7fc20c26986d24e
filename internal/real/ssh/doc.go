// Package ssh runs numcomp launch over real ssh servers: four hosts with
// addresses, host keys, home folders and process tables of their own, in network
// namespaces that a bridge joins, and a fifth to launch from.
package ssh
