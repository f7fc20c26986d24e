// Package rendezvous is how ranks find each other: a Store to exchange the first
// addresses (PMI-1, a folder, or rank 0's own address), and the control tree
// that every rank joins through them. The tree authenticates its members, hands
// everyone the table of addresses, and stays open for the whole run: a rank's
// death is an end-of-file on it.
package rendezvous
