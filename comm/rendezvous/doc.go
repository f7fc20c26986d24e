// Package rendezvous is how ranks find each other: a Store to exchange the first
// addresses (PMI-1, a folder, or rank 0's own address), and the control tree
// that every rank joins through them. The tree authenticates its members, hands
// everyone the table of addresses, and stays open for the whole run: a rank's
// death is an end-of-file on it.
//
// Join goes through these steps:
//
//  1. Rank 0 puts the job's id and a random secret; every rank that has children
//     in the tree puts its addresses. One Commit. Every other rank gets the
//     secret and the addresses of its parent, rank (r-1)/32.
//  2. Each rank dials its parent; both prove the secret. What ranks tell of
//     themselves goes up, gathered on the way.
//  3. When rank 0 has heard of all ranks it sends the table of all down. Its
//     arrival is the start barrier.
//
// From then on Control tells of failures: the first death that any rank notices,
// or the first Abort, reaches every rank as one RankError. Leave is the clean
// end: goodbyes are gathered up, and a bye comes down.
package rendezvous
