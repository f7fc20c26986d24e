package hostfile

import (
	"strconv"
	"strings"
)

// setting is what a line can say about its host, as key = value.
type setting struct {
	keys []string
	set  func(h *Host, value string) (what string) // what is wrong with the value
}

// openMPISettings are those of Open MPI 5 (PRRTE's src/util/hostfile).
var openMPISettings = []setting{
	{[]string{"slots", "cpu", "count"}, setSlots},
	{[]string{
		"max-slots", "max_slots", "slots-max", "slots_max",
		"max-cpu", "max_cpu", "cpu-max", "cpu_max",
		"max-count", "max_count", "count-max", "count_max",
	}, setMaxSlots},
	{[]string{"username", "user-name", "user_name"}, setUser},
	{[]string{"port"}, setPort},
}

// mpichSettings are those of MPICH's and Intel's Hydra (HYDU_process_mfile_token).
var mpichSettings = []setting{
	{[]string{"user"}, setUser},
	{[]string{"binding"}, setBinding},
}

func setSlots(h *Host, value string) string {
	if h.Slots != 0 {
		return "host " + h.Name + " has its slots given twice"
	}
	n, what := parseSlots(h.Name, value)
	h.Slots = n
	return what
}

func setMaxSlots(h *Host, value string) string {
	if h.MaxSlots != 0 {
		return "host " + h.Name + " has its most slots given twice"
	}
	n, what := parseSlots(h.Name, value)
	h.MaxSlots = n
	return what
}

func setUser(h *Host, value string) string {
	if h.User != "" {
		return "host " + h.Name + " has its user given twice"
	}
	h.User = value
	_, what := badUser(value)
	return what
}

func setPort(h *Host, value string) string {
	if h.Port != 0 {
		return "host " + h.Name + " has its port given twice"
	}
	n, err := strconv.ParseUint(value, 10, 16)
	if err != nil || n == 0 {
		return quoted(value) + " is not a port: 1 to 65535"
	}
	h.Port = int(n)
	return ""
}

const maxBinding = 1024

func setBinding(h *Host, value string) string {
	if h.Binding != "" {
		return "host " + h.Name + " has its binding given twice"
	}
	if len(value) > maxBinding {
		return "a binding of " + strconv.Itoa(len(value)) + " bytes is longer than " + strconv.Itoa(maxBinding)
	}
	for i := 0; i < len(value); i++ {
		if c := value[i]; c <= ' ' || c > '~' || c == '"' || c == '#' {
			return "unexpected " + strconv.Quote(value[i:i+1]) + " in a binding"
		}
	}
	if strings.Contains(value, "//") || strings.Contains(value, "/*") {
		return "a binding cannot hold a comment"
	}
	h.Binding = value
	return ""
}

// settings reads what t.s[pos:end] says about h: key = value, with white space
// around = or without, the value in quotes or without.
func (t text) settings(h *Host, pos, end int, known ...[]setting) error {
	for {
		key := t.skip(pos, end)
		if key == end {
			break
		}
		for pos = key; pos < end && t.s[pos] != '=' && !white(t.s[pos]); pos++ {
		}
		s := find(t.s[key:pos], known)
		eq := t.skip(pos, end)
		if s == nil || eq == end || t.s[eq] != '=' {
			return t.errorAt(key, "unknown word %s after host %s: want %s=VALUE", quoted(t.s[key:pos]), h.Name, wanted(known))
		}
		at := t.skip(eq+1, end)
		value, next, ok := t.value(at, end)
		if !ok {
			return t.errorAt(at, `a quote without its end`)
		}
		if value == "" {
			return t.errorAt(eq, "%s= has no value", t.s[key:pos])
		}
		if what := s.set(h, value); what != "" {
			return t.errorAt(at, "%s", what)
		}
		pos = next
	}
	if h.MaxSlots > 0 && h.Slots == 0 {
		h.Slots = h.MaxSlots
	}
	if h.MaxSlots > 0 && h.MaxSlots < h.Slots {
		return t.errorAt(end, "host %s has %d slots, more than the %d that it can have at most", h.Name, h.Slots, h.MaxSlots)
	}
	return nil
}

// value reads the value that begins at pos.
func (t text) value(pos, end int) (value string, next int, ok bool) {
	if pos < end && t.s[pos] == '"' {
		i := strings.IndexByte(t.s[pos+1:end], '"')
		if i < 0 {
			return "", end, false
		}
		return t.s[pos+1 : pos+1+i], pos + i + 2, true
	}
	from, to := t.word(pos, end)
	return t.s[from:to], to, true
}

func find(key string, known [][]setting) *setting {
	for _, table := range known {
		for i := range table {
			for _, k := range table[i].keys {
				if k == key {
					return &table[i]
				}
			}
		}
	}
	return nil
}

// wanted lists the first spelling of every setting.
func wanted(known [][]setting) string {
	var keys []string
	for _, table := range known {
		for _, s := range table {
			keys = append(keys, s.keys[0])
		}
	}
	return strings.Join(keys[:len(keys)-1], ", ") + " or " + keys[len(keys)-1]
}
