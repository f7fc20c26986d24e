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

// appendMembers writes members. Texts and lists of addresses are written once
// and then named by number, because the ranks of a node share them: a rank that
// has company costs about twenty bytes, so the table of 1,024 ranks is 20 KiB.
//
//	strings: count, each length and bytes
//	lists:   count, each count of addresses, each length (4 or 16) and bytes
//	members: count, each rank, pid, host, node (strings' numbers), list's
//	         number, and the port all its addresses share, or 0 and each port;
//	         its mailbox's descriptor, or 0, then nonce and space (a string's
//	         number)
func appendMembers(b []byte, members []member) []byte {
	texts, lists := index{}, index{}
	type row struct{ host, node, list, space uint64 }
	rows := make([]row, len(members))
	for i, m := range members {
		var list []byte
		addrs := m.addrs[:min(len(m.addrs), maxAddrs)]
		list = binary.AppendUvarint(list, uint64(len(addrs)))
		for _, a := range addrs {
			list = appendString(list, string(a.Addr().WithZone("").AsSlice()))
		}
		rows[i] = row{texts.of(cut(m.host)), texts.of(cut(m.node)), lists.of(string(list)), texts.of(spaceText(m.memory))}
	}
	b = binary.AppendUvarint(b, uint64(len(texts.all)))
	for _, s := range texts.all {
		b = appendString(b, s)
	}
	b = binary.AppendUvarint(b, uint64(len(lists.all)))
	for _, s := range lists.all {
		b = append(b, s...)
	}
	b = binary.AppendUvarint(b, uint64(len(members)))
	for i, m := range members {
		for _, v := range []uint64{uint64(m.rank), uint64(m.pid), rows[i].host, rows[i].node, rows[i].list} {
			b = binary.AppendUvarint(b, v)
		}
		b = appendPorts(b, m.addrs[:min(len(m.addrs), maxAddrs)])
		if b = binary.AppendUvarint(b, uint64(m.memory.FD)); m.memory.FD > 0 {
			b = binary.LittleEndian.AppendUint64(b, m.memory.Nonce)
			b = binary.AppendUvarint(b, rows[i].space)
		}
	}
	return b
}

func appendPorts(b []byte, addrs []netip.AddrPort) []byte {
	if len(addrs) == 0 {
		return b
	}
	shared := addrs[0].Port()
	for _, a := range addrs {
		if a.Port() != shared {
			shared = 0
			break
		}
	}
	if b = binary.AppendUvarint(b, uint64(shared)); shared != 0 {
		return b
	}
	for _, a := range addrs {
		b = binary.AppendUvarint(b, uint64(a.Port()))
	}
	return b
}

// decodeMembers reads what appendMembers wrote. Ranks are below size; what it
// allocates is bounded by the bytes it is given and by maxAddrs a member.
func decodeMembers(body []byte, size int) ([]member, error) {
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
	members := make([]member, 0, min(d.count("members"), size))
	var spare []netip.AddrPort // one allocation for many members
	for left := cap(members); left > 0 && d.err == nil; left-- {
		m := member{rank: d.below("rank", size), pid: d.below("pid", 1<<31)}
		m.host, m.node = d.text(texts), d.text(texts)
		list := d.below("list", len(lists))
		if d.err == nil && len(lists[list]) > 0 {
			n := len(lists[list])
			if len(spare) < n {
				spare = make([]netip.AddrPort, n*left)
			}
			m.addrs, spare = spare[:n:n], spare[n:]
			shared := d.below("port", 1<<16)
			for j, ip := range lists[list] {
				port := shared
				if shared == 0 {
					port = d.below("port", 1<<16)
				}
				m.addrs[j] = netip.AddrPortFrom(ip, uint16(port))
			}
		}
		if m.memory.FD = d.below("descriptor", 1<<31); m.memory.FD > 0 {
			m.memory.Nonce = d.word()
			m.memory.Space = d.space(texts)
		}
		members = append(members, m)
	}
	if err := d.end(); err != nil {
		return nil, err
	}
	return members, nil
}

// spaceText is the space of a rank's memory as one of the strings.
func spaceText(m shm.Memory) string {
	if m.FD == 0 {
		return ""
	}
	return string(binary.LittleEndian.AppendUint64(nil, m.Space))
}

// space reads the number of a string that spaceText wrote.
func (d *decoder) space(texts []string) uint64 {
	s := d.text(texts)
	if d.err == nil && len(s) != 8 {
		d.fail("a space has %d bytes, not 8", len(s))
	}
	if d.err != nil {
		return 0
	}
	return binary.LittleEndian.Uint64([]byte(s))
}

// word reads eight bytes.
func (d *decoder) word() uint64 {
	b := d.bytes(8)
	if d.err != nil {
		return 0
	}
	return binary.LittleEndian.Uint64(b)
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
