// Package local holds the suite of numcomp on this machine without any other
// launcher: its own ranks, terminals, signals and kills.
package local
