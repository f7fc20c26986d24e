package rendezvous

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"numcomp/comm/transport"
	"numcomp/comm/transport/shm"
)

// Peers is what the ranks of a world told of themselves, by rank. Every rank gets all
// of it and reads few rows, so it stays as it came in: see appendMembers.
type Peers struct {
	n     int
	kinds []peerKind
	rows  []byte
	ports map[int][]uint16 // of rows whose addresses have ports of their own
}

// peerKind is what ranks of a node have in common.
type peerKind struct {
	host, node string
	index      int // of the node, in the order of the first ranks
	addrs      []netip.Addr
	space      uint64
	shares     bool // space is one
}

// Peer is what a rank told of itself, but for its addresses.
type Peer struct {
	Host string
	PID  int
	// Node is the index of its node: nodes are numbered in the order of their first
	// ranks.
	Node int
	// Memory is where ranks of its node find its mailbox.
	Memory shm.Memory
}

// Len is the number of ranks.
func (p *Peers) Len() int { return p.n }

// At tells of a rank, which must be in [0, Len).
func (p *Peers) At(rank int) Peer {
	r := p.row(rank)
	k := &p.kinds[r.kind]
	peer := Peer{Host: k.host, PID: int(r.pid), Node: k.index}
	if r.fd != 0 {
		peer.Memory = shm.Memory{FD: int(r.fd), Nonce: r.nonce, Space: k.space}
	}
	return peer
}

// Mates are the ranks of a rank's node, itself too, in order. It reads no more of the
// other ranks than where they are.
func (p *Peers) Mates(rank int) []int {
	node, mates := p.node(rank), []int(nil)
	for r := range p.n {
		if p.node(r) == node {
			mates = append(mates, r)
		}
	}
	return mates
}

// node is the index of a rank's node.
func (p *Peers) node(rank int) int {
	return p.kinds[binary.LittleEndian.Uint32(p.rows[rank*rowBytes+kindAt:])].index
}

// Addrs are a rank's addresses, best first.
func (p *Peers) Addrs(rank int) []netip.AddrPort {
	r := p.row(rank)
	k := &p.kinds[r.kind]
	var addrs []netip.AddrPort
	for i, ip := range k.addrs {
		port := r.port
		if own := p.ports[rank]; own != nil {
			port = own[i]
		}
		addrs = append(addrs, netip.AddrPortFrom(ip, port))
	}
	return addrs
}

// member is row i as what its rank told.
func (p *Peers) member(i int) member {
	r, peer := p.row(i), p.At(i)
	return member{rank: int(r.rank), pid: peer.PID, host: peer.Host, node: p.kinds[r.kind].node, addrs: p.Addrs(i), memory: peer.Memory}
}

// Name names ranks for a sentence: "rank 3 (host n4, pid 77)", "ranks 3,7-9 of nodes
// n4,n5".
func (p *Peers) Name(ranks []int) string {
	if len(ranks) == 1 {
		m := p.At(ranks[0])
		return transport.RankName(ranks[0], m.Host, m.PID)
	}
	var hosts []string
	for _, r := range ranks {
		if host := p.At(r).Host; !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	return rankList(ranks) + " of " + nodeList(hosts)
}
