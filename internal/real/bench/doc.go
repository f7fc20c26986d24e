// Package bench runs every benchmark once, briefly, so that none of them rots:
// what it measures is not looked at.
package bench
