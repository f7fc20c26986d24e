package cli

import (
	"numcomp/comm"
	"numcomp/comm/rendezvous"
	"numcomp/comm/transport"
	"numcomp/comm/transport/shm"
	"numcomp/comm/transport/tcp"
)

// view is what the ranks of a world told of themselves as one package wants it.
type view[T any] struct {
	*rendezvous.Peers
	row func(peers *rendezvous.Peers, rank int) T
}

// At implements transport.Table.
func (v view[T]) At(rank int) T { return v.row(v.Peers, rank) }

func tcpPeers(p *rendezvous.Peers) transport.Table[tcp.Peer] {
	return view[tcp.Peer]{p, func(p *rendezvous.Peers, rank int) tcp.Peer {
		peer := p.At(rank)
		return tcp.Peer{Addrs: p.Addrs(rank), Host: peer.Host, PID: peer.PID}
	}}
}

func shmPeers(p *rendezvous.Peers) transport.Table[shm.Peer] {
	return view[shm.Peer]{p, func(p *rendezvous.Peers, rank int) shm.Peer {
		peer := p.At(rank)
		return shm.Peer{Node: peer.Node, Host: peer.Host, PID: peer.PID, Memory: peer.Memory}
	}}
}

func members(p *rendezvous.Peers) transport.Table[comm.Member] {
	return view[comm.Member]{p, func(p *rendezvous.Peers, rank int) comm.Member {
		peer := p.At(rank)
		return comm.Member{Host: peer.Host, Node: peer.Node, PID: peer.PID}
	}}
}
