// Package hostfile reads the ways in which people and schedulers write down
// hosts: Slurm's node lists and task counts, and lists such as a:2,b,[::1]:3.
// It does no input or output and resolves no name.
//
// Every error is an *Error and says where in the text it stands.
package hostfile
