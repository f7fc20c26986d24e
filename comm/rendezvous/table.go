package rendezvous

import (
	"encoding/binary"
	"net/netip"

	"numcomp/comm/transport/shm"
)

// member is what a rank tells of itself.
type member struct {
	rank, pid  int
	host, node string
	addrs      []netip.AddrPort
	memory     shm.Memory
}

const (
	maxText  = 255 // bytes of a host's or a node's name
	maxAddrs = 32  // addresses of a rank
)

// appendMembers writes members. What the ranks of a node have in common is written
// once and then named by number; the rest has a fixed width, so that a rank reads the
// rows that it needs where they have come in (Peers). The table of 1,024 ranks takes
// 26 KiB.
//
//	strings: count, each length and bytes
//	lists:   count, each count of addresses, each length (4 or 16) and bytes
//	kinds:   count, each host, node (strings' numbers), list's number, and the space
//	         of its memory (a string's number)
//	ports:   count, each the number of a row, of its addresses, and their ports, for
//	         rows whose addresses do not share one
//	rows:    count, each rank (4), pid (4), kind (4), the mailbox's descriptor (4) or 0,
//	         the port of all its addresses (2), the mailbox's nonce (8)
func appendMembers(b []byte, members []member) []byte {
	texts, lists, kinds := index{}, index{}, index{}
	var rows, ports []byte
	apart := uint64(0) // rows whose addresses have ports of their own
	for i, m := range members {
		addrs := m.addrs[:min(len(m.addrs), maxAddrs)]
		list := binary.AppendUvarint(nil, uint64(len(addrs)))
		for _, a := range addrs {
			list = appendString(list, string(a.Addr().WithZone("").AsSlice()))
		}
		var kind []byte
		for _, n := range []uint64{texts.of(cut(m.host)), texts.of(cut(m.node)), lists.of(string(list)), texts.of(spaceText(m.memory))} {
			kind = binary.AppendUvarint(kind, n)
		}
		port, shared := sharedPort(addrs)
		if !shared {
			apart++
			ports = binary.AppendUvarint(ports, uint64(i))
			ports = binary.AppendUvarint(ports, uint64(len(addrs)))
			for _, a := range addrs {
				ports = binary.AppendUvarint(ports, uint64(a.Port()))
			}
		}
		for _, n := range []int{m.rank, m.pid, int(kinds.of(string(kind))), m.memory.FD} {
			rows = binary.LittleEndian.AppendUint32(rows, uint32(n))
		}
		rows = binary.LittleEndian.AppendUint16(rows, port)
		rows = binary.LittleEndian.AppendUint64(rows, m.memory.Nonce)
	}
	b = binary.AppendUvarint(b, uint64(len(texts.all)))
	for _, s := range texts.all {
		b = appendString(b, s)
	}
	for _, x := range []index{lists, kinds} {
		b = binary.AppendUvarint(b, uint64(len(x.all)))
		for _, s := range x.all {
			b = append(b, s...)
		}
	}
	b = append(binary.AppendUvarint(b, apart), ports...)
	return append(binary.AppendUvarint(b, uint64(len(members))), rows...)
}

// sharedPort is the port that all of a rank's addresses have, if they have one.
func sharedPort(addrs []netip.AddrPort) (port uint16, shared bool) {
	for i, a := range addrs {
		if i > 0 && a.Port() != port {
			return 0, false
		}
		port = a.Port()
	}
	return port, true
}

const (
	rowBytes = 26 // the width of a row
	kindAt   = 8  // where its kind stands in it
)

// row is one of them.
type row struct {
	rank, pid, kind, fd uint32
	port                uint16
	nonce               uint64
}

func (p *Peers) row(i int) row {
	b := p.rows[i*rowBytes:][:rowBytes]
	return row{
		rank: binary.LittleEndian.Uint32(b), pid: binary.LittleEndian.Uint32(b[4:]),
		kind: binary.LittleEndian.Uint32(b[kindAt:]), fd: binary.LittleEndian.Uint32(b[12:]),
		port: binary.LittleEndian.Uint16(b[16:]), nonce: binary.LittleEndian.Uint64(b[18:]),
	}
}

// decodePeers reads what appendMembers wrote, and keeps body. Ranks are below size;
// what it allocates is bounded by the bytes it is given.
func decodePeers(body []byte, size int) (*Peers, error) {
	d := decoder{rest: body}
	texts := make([]string, d.count("strings"))
	for i := range texts {
		if texts[i] = d.string(); len(texts[i]) > maxText {
			d.fail("a name has %d bytes, at most %d are allowed", len(texts[i]), maxText)
		}
		if d.err != nil {
			return nil, d.err
		}
	}
	lists := make([][]netip.Addr, d.count("lists of addresses"))
	for i := range lists {
		list := make([]netip.Addr, d.below("number of addresses", maxAddrs+1))
		for j := range list {
			ip, ok := netip.AddrFromSlice(d.bytes(d.count("bytes of an address")))
			if !ok {
				d.fail("an address is neither 4 nor 16 bytes long")
			}
			list[j] = ip
		}
		if d.err != nil {
			return nil, d.err
		}
		lists[i] = list
	}
	p := &Peers{kinds: make([]peerKind, d.count("kinds"))}
	nodes := map[string]int{}
	for i := range p.kinds {
		k := &p.kinds[i]
		k.host, k.node = d.text(texts), d.text(texts)
		if list := d.below("list", len(lists)); d.err == nil {
			k.addrs = lists[list]
		}
		k.space, k.shares = d.space(texts)
		if d.err != nil {
			return nil, d.err
		}
		node, ok := nodes[k.node]
		if !ok {
			node = len(nodes)
			nodes[k.node] = node
		}
		k.index = node
	}
	for range d.count("rows with ports") {
		at, ports := d.below("row", size), make([]uint16, d.below("number of ports", maxAddrs+1))
		for j := range ports {
			ports[j] = uint16(d.below("port", 1<<16))
		}
		if d.err != nil {
			return nil, d.err
		}
		if p.ports == nil {
			p.ports = map[int][]uint16{}
		}
		p.ports[at] = ports
	}
	p.n = d.below("number of rows", size+1)
	p.rows = d.bytes(p.n * rowBytes)
	for i := 0; i < p.n && d.err == nil; i++ {
		p.check(&d, i, size)
	}
	if err := d.end(); err != nil {
		return nil, err
	}
	return p, nil
}

// check finds what cannot be right with row i.
func (p *Peers) check(d *decoder, i, size int) {
	r := p.row(i)
	switch {
	case uint64(r.rank) >= uint64(size):
		d.fail("rank %d is not below %d", r.rank, size)
	case r.pid >= 1<<31 || r.fd >= 1<<31:
		d.fail("rank %d has pid %d and descriptor %d", r.rank, r.pid, r.fd)
	case uint64(r.kind) >= uint64(len(p.kinds)):
		d.fail("kind %d is not below %d", r.kind, len(p.kinds))
	case r.fd != 0 && !p.kinds[r.kind].shares:
		d.fail("rank %d has memory in no space", r.rank)
	case p.ports[i] != nil && len(p.ports[i]) != len(p.kinds[r.kind].addrs):
		d.fail("rank %d has %d ports for %d addresses", r.rank, len(p.ports[i]), len(p.kinds[r.kind].addrs))
	}
}

// spaceText is the space of a rank's memory as one of the strings.
func spaceText(m shm.Memory) string {
	if m.FD == 0 {
		return ""
	}
	return string(binary.LittleEndian.AppendUint64(nil, m.Space))
}

// space reads the number of a string that spaceText wrote.
func (d *decoder) space(texts []string) (space uint64, shares bool) {
	s := d.text(texts)
	if d.err == nil && s != "" && len(s) != 8 {
		d.fail("a space has %d bytes, not 8", len(s))
	}
	if d.err != nil || s == "" {
		return 0, false
	}
	return binary.LittleEndian.Uint64([]byte(s)), true
}

// text reads a string's number.
func (d *decoder) text(texts []string) string {
	if i := d.below("name", len(texts)); d.err == nil {
		return texts[i]
	}
	return ""
}

// index numbers different strings in the order in which they first come.
type index struct {
	all    []string
	number map[string]uint64
}

func (x *index) of(s string) uint64 {
	if n, ok := x.number[s]; ok {
		return n
	}
	if x.number == nil {
		x.number = map[string]uint64{}
	}
	n := uint64(len(x.all))
	x.number[s] = n
	x.all = append(x.all, s)
	return n
}

func cut(s string) string { return s[:min(len(s), maxText)] }
