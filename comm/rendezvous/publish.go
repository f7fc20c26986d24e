package rendezvous

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"numcomp/comm/transport/tcp"
	"numcomp/internal/netaddr"
)

// keySecret holds the job's id and secret, keyAddr(r) rank r's addresses.
const keySecret = "nc-secret"

const addrPrefix = "nc-addr-"

func keyAddr(rank int) string { return addrPrefix + strconv.Itoa(rank) }

// twice is the error of a second, other value under key, which only one rank publishes.
func twice(key string) error {
	if key == keySecret {
		return &tcp.DuplicateRankError{Rank: 0}
	}
	if number, ok := strings.CutPrefix(key, addrPrefix); ok {
		if rank, err := strconv.Atoi(number); err == nil {
			return &tcp.DuplicateRankError{Rank: rank}
		}
	}
	return fmt.Errorf("%s was published twice", key)
}

func formatSecret(id *tcp.Identity) string {
	return base64.RawURLEncoding.EncodeToString(slices.Concat(id.Job[:], id.Secret[:]))
}

func parseSecret(text string, id *tcp.Identity) error {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) != len(id.Job)+len(id.Secret) {
		return errors.New("what is published under " + keySecret + " is not a secret of numcomp")
	}
	copy(id.Secret[:], b[copy(id.Job[:], b):])
	return nil
}

// maxAddrText bounds a published list of addresses: a PMI request has 1,024
// bytes, of which the name of the key-value space may take 255.
const maxAddrText = 640

// formatAddr is HOST/PID/ADDR,ADDR... as far as it fits, in characters that
// every store takes. The last addresses are the least useful.
func formatAddr(m member) string {
	host := strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' || strings.ContainsRune(`\;=/`, r) {
			return '_'
		}
		return r
	}, m.host)
	text := host[:min(len(host), 64)] + "/" + strconv.Itoa(m.pid) + "/"
	addrs := make([]netip.AddrPort, len(m.addrs))
	for i, a := range m.addrs {
		addrs[i] = netip.AddrPortFrom(a.Addr().WithZone(""), a.Port()) // a zone is this node's own
	}
	return text + netaddr.FormatList(addrs, maxAddrText-len(text))
}

func parseAddr(text string, rank int) (member, error) {
	m := member{rank: rank}
	host, rest, ok := strings.Cut(text, "/")
	pid, list, ok2 := strings.Cut(rest, "/")
	n, err := strconv.Atoi(pid)
	if !ok || !ok2 || err != nil || n < 0 {
		return m, fmt.Errorf("what is published under %s is not an address of numcomp: %.40q", keyAddr(rank), text)
	}
	m.host, m.pid = host, n
	if m.addrs, err = netaddr.ParseList(list); err != nil {
		return m, fmt.Errorf("under %s: %w", keyAddr(rank), err)
	}
	return m, nil
}

func joinAddrs(addrs []netip.AddrPort) string {
	var s []string
	for _, a := range addrs {
		s = append(s, a.String())
	}
	return strings.Join(s, ", ")
}
