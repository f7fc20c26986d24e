// Package realtest is what the suites that run numcomp under real launchers
// share: the program, built once; the launchers, which must be there when CI is
// true; and runs with a bound, of which no process is left behind.
package realtest
