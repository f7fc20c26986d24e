package rendezvous

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"numcomp/comm/transport/shm"
)

func someMembers(n, perNode int) []member {
	var out []member
	for r := range n {
		node := r / perNode
		port := uint16(20000 + r)
		addrs := []netip.AddrPort{
			netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(node >> 8), byte(node)}), port),
			netip.AddrPortFrom(netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", node+1)), port),
			netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port),
		}
		if r%3 == 2 {
			addrs[1] = netip.AddrPortFrom(addrs[1].Addr(), 9)
		}
		if r%7 == 6 {
			addrs = nil
		}
		var memory shm.Memory
		if r%5 < 4 {
			memory = shm.Memory{FD: 7 + r%3, Nonce: uint64(r) * 0x9E3779B97F4A7C15, Space: uint64(node) << 40}
		}
		out = append(out, member{memory: memory, rank: r, pid: 1000 + r, host: fmt.Sprintf("n%d", node), node: fmt.Sprintf("node-%d", node), addrs: addrs})
	}
	return out
}

func decodeMembers(body []byte, size int) ([]member, error) {
	p, err := decodePeers(body, size)
	if err != nil {
		return nil, err
	}
	members := make([]member, p.Len())
	for i := range members {
		members[i] = p.member(i)
	}
	return members, nil
}

func TestMembersRoundTrip(t *testing.T) {
	for _, n := range []int{0, 1, 2, 33, 1000} {
		want := someMembers(n, 8)
		got, err := decodeMembers(appendMembers(nil, want), n)
		if err != nil {
			t.Fatalf("%d members: %v", n, err)
		}
		if len(got) != n || n > 0 && !reflect.DeepEqual(got, want) {
			t.Fatalf("%d members came back different", n)
		}
	}
}

// The table crosses every link of the tree, so its size is what starting 1,024
// ranks costs.
func TestTableIsSmall(t *testing.T) {
	for _, c := range []struct{ perNode, limit int }{{1024, 31 << 10}, {128, 32 << 10}, {1, 120 << 10}} {
		members := someMembers(1024, c.perNode)
		if n := len(appendMembers(nil, members)); n > c.limit {
			t.Errorf("1,024 ranks, %d a node: table of %d bytes, want at most %d", c.perNode, n, c.limit)
		}
	}
}

func TestDecodeMembersRefuses(t *testing.T) {
	good := appendMembers(nil, someMembers(5, 2))
	for i := range good {
		if _, err := decodeMembers(good[:i], 5); err == nil {
			t.Errorf("the first %d of %d bytes were accepted", i, len(good))
		}
	}
	if _, err := decodeMembers(append(good[:len(good):len(good)], 0), 5); err == nil {
		t.Error("a byte too many was accepted")
	}
	if _, err := decodeMembers(good, 4); err == nil {
		t.Error("rank 4 was accepted in a world of 4")
	}
	if _, err := decodeMembers(bytes.Repeat([]byte{0xff}, 100), 5); err == nil {
		t.Error("garbage was accepted")
	}
}

func TestLongTextsAreCut(t *testing.T) {
	got, err := decodeMembers(appendMembers(nil, []member{{host: strings.Repeat("h", 5000)}}), 1)
	if err != nil || len(got) != 1 || len(got[0].host) != maxText {
		t.Fatalf("got %d members, %v", len(got), err)
	}
}

func TestFrames(t *testing.T) {
	var stream []byte
	bodies := map[kind][]byte{kindMembers: bytes.Repeat([]byte("x"), maxNote+1), kindTable: nil, kindVerdict: []byte("v"), kindLeave: nil}
	order := []kind{kindMembers, kindTable, kindVerdict, kindLeave}
	for _, k := range order {
		stream = append(stream, newFrame(k, bodies[k])...)
	}
	r := bytes.NewReader(stream)
	for _, want := range order {
		k, body, err := readFrame(r)
		if err != nil || k != want || !bytes.Equal(body, bodies[want]) {
			t.Fatalf("kind %d: got kind %d, %d bytes, %v", want, k, len(body), err)
		}
	}
	if _, _, err := readFrame(r); err != io.EOF {
		t.Fatalf("at the end: %v, want EOF", err)
	}
	for n := 1; n < 40; n++ {
		if _, _, err := readFrame(bytes.NewReader(newFrame(kindVerdict, make([]byte, 40))[:n])); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("a frame cut at %d: %v", n, err)
		}
	}
	for _, bad := range [][]byte{
		{0, 0, 0, 0, byte(kindLeave)},                        // shorter than its kind
		{2, 0, 0, 0, byte(kindLeave), 0},                     // a body where none is allowed
		{0xff, 0xff, 0xff, 0xff, byte(kindTable)},            // longer than any table
		{1, 0, 0, 0, 0},                                      // no such kind
		{1, 0, 0, 0, 200},                                    // nor this
		append([]byte{1, 0x20, 0, 0, 3}, make([]byte, 1)...), // a long verdict
	} {
		if _, _, err := readFrame(bytes.NewReader(bad)); err == nil {
			t.Errorf("% x was accepted", bad)
		}
	}
}

func TestVerdictRoundTrip(t *testing.T) {
	for _, want := range []*RankError{
		{Rank: 3, Host: "n4", PID: 77, Err: ErrConnectionClosed},
		{Rank: 0, Err: abortError("no memory left")},
		{Rank: 9, Host: "n1", PID: 1, Err: errors.New("no answer for 30 s")},
	} {
		got, err := decodeVerdict(appendVerdict(nil, want), 10)
		if err != nil {
			t.Fatal(err)
		}
		if got.Error() != want.Error() || errors.Is(got, ErrConnectionClosed) != errors.Is(want, ErrConnectionClosed) || errors.Is(got, ErrAborted) != errors.Is(want, ErrAborted) {
			t.Errorf("%v came back as %v", want, got)
		}
	}
	if got := (&RankError{Rank: 3, Host: "n4", PID: 77, Err: ErrConnectionClosed}).Error(); got != "rank 3 (host n4, pid 77) died: connection closed" {
		t.Errorf("the text is %q", got)
	}
	if _, err := decodeVerdict(appendVerdict(nil, &RankError{Rank: 10, Err: io.EOF}), 10); err == nil {
		t.Error("a verdict on rank 10 of 10 was accepted")
	}
}

func FuzzFrame(f *testing.F) {
	f.Add(newFrame(kindMembers, appendMembers(nil, someMembers(9, 2))))
	f.Add(newFrame(kindTable, appendMembers(nil, someMembers(3, 1))))
	f.Add(newFrame(kindVerdict, appendVerdict(nil, &RankError{Rank: 3, Host: "n4", PID: 77, Err: ErrConnectionClosed})))
	f.Add(newFrame(kindBye, nil))
	const size = 64
	f.Fuzz(func(t *testing.T, stream []byte) {
		r := bytes.NewReader(stream)
		for {
			k, body, err := readFrame(r)
			if err != nil {
				return
			}
			switch k {
			case kindMembers, kindTable:
				members, err := decodeMembers(body, size)
				if err != nil {
					continue
				}
				if len(members) > size {
					t.Fatalf("%d members in a world of %d", len(members), size)
				}
				again, err := decodeMembers(appendMembers(nil, members), size)
				if err != nil || len(again) != len(members) || len(again) > 0 && !reflect.DeepEqual(again, members) {
					t.Fatalf("members changed: %v\n%v\n%v", err, members, again)
				}
			case kindVerdict:
				v, err := decodeVerdict(body, size)
				if err != nil {
					continue
				}
				if again, err := decodeVerdict(appendVerdict(nil, v), size); err != nil || again.Rank != v.Rank || again.PID != v.PID {
					t.Fatalf("verdict changed: %v, %v, %v", v, again, err)
				}
			}
		}
	})
}
