package rendezvous

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"os"
	"strconv"
	"strings"
)

// stepPorts is how many ports a step tries.
const stepPorts = 16

// StepPorts are the ports at which leaders of a step look for each other: those
// that the scheduler reserved for it ("12000-12003,12010"), else some that follow
// from job and user, below the range from which the system hands out ports by
// itself, so that a connection which some program opens does not sit on one.
func StepPorts(reserved, job string, uid int) ([]int, error) {
	if reserved != "" {
		return parsePorts(reserved)
	}
	// Without the file the range is Linux's default.
	raw, _ := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	return hashPorts(string(raw), job, uid), nil
}

// hashPorts spreads steps over the upper half of the ports below local's first.
func hashPorts(local, job string, uid int) []int {
	const fallback = 32768
	first := fallback
	if f := strings.Fields(local); len(f) == 2 {
		if n, err := strconv.Atoi(f[0]); err == nil && n >= 4096 && n <= 65535 {
			first = n
		}
	}
	h := fnv.New64a()
	fmt.Fprintf(h, "%s\x00%d", job, uid)
	low := first / 2
	at := low + int(binary.BigEndian.Uint64(h.Sum(nil))%uint64(first-low-stepPorts))
	ports := make([]int, stepPorts)
	for i := range ports {
		ports[i] = at + i
	}
	return ports
}

func parsePorts(text string) (ports []int, err error) {
	for item := range strings.SplitSeq(text, ",") {
		lo, hi, ok := strings.Cut(strings.TrimSpace(item), "-")
		if !ok {
			hi = lo
		}
		first, err1 := strconv.ParseUint(lo, 10, 16)
		last, err2 := strconv.ParseUint(hi, 10, 16)
		if err1 != nil || err2 != nil || first < 1 || last < first {
			return nil, fmt.Errorf("reserved ports %.64q are not like 12000-12003", text)
		}
		for p := first; p <= last && len(ports) < stepPorts; p++ {
			ports = append(ports, int(p))
		}
	}
	return ports, nil
}
