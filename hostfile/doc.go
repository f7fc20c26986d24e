// Package hostfile reads the ways in which people and schedulers write down
// hosts, one file a grammar: Open MPI's and MPICH's hostfiles, Intel MPI's
// machinefiles, lists such as a:2,b,[::1]:3, Slurm's node lists and task counts,
// Flux's hostlists, and what PBS, LSF and Grid Engine tell their jobs. All of
// them end up as Hosts. It does no input or output and resolves no name.
//
// Every error is an *Error and says where in the text it stands. What a text
// expands to is bounded by MaxNodes, and checked before it is expanded.
package hostfile
