// Package launch finds out how this process was started, and starts ranks.
//
// Detect reads the variables that launchers and schedulers set and says which
// rank of which world this process is (a Place). One file per environment,
// detect_*.go; the table in detect.go is their order.
//
// Run starts the ranks of a job and stays until the last is gone:
//
//	launcher (Run)  --frames over stdin and stdout-->  agent, one a node (Agent)
//	                                                     |-- rank
//	                                                     '-- rank
//
// The agent is the same binary under a hidden command, on this machine too, so
// that nothing survives a launcher that is killed: the agent sees end-of-file on
// its standard input, and kills its ranks and whatever they left behind (it is
// their sub-reaper). Ranks die with the agent (Pdeathsig). What passes between
// launcher and agent is in frame.go. The agent serves PMI-1 (pmiserver.go) on a
// socket pair per rank, so programs built with MPICH start the same way.
//
// Ranks are placed on hosts by Assign, which is pure.
//
// Linux only: process groups, sub-reapers and Pdeathsig are what the promise
// that nothing is left behind rests on.
package launch
