// Package cli is the command line: one file per command, the flag tables, and
// the wiring of launcher, rendezvous, transport and job. Everything that the
// process was given (arguments, environment, streams) comes in through [Run], so
// that a test can be the process; nothing here exits.
//
// It is built on urfave/cli v2, with three of its habits changed, all through
// fields and never through its package variables: a usage error goes to standard
// error with status 2 (OnUsageError), nothing exits behind our back
// (ExitErrHandler), and flags are our own rows (option) whose errors name the
// flag, the value and what is accepted.
package cli
