package pmiwire

import (
	"strconv"
	"strings"
)

// ReplyTo is the command that answers the request cmd; empty when nothing does
// (abort) or when cmd is no request of PMI-1.
func ReplyTo(cmd string) string {
	switch cmd {
	case "init":
		return "response_to_init"
	case "get_maxes":
		return "maxes"
	case "get_appnum":
		return "appnum"
	case "get_universe_size":
		return "universe_size"
	case "get_my_kvsname":
		return "my_kvsname"
	case "put":
		return "put_result"
	case "get":
		return "get_result"
	case "barrier_in":
		return "barrier_out"
	case "finalize":
		return "finalize_ack"
	case "publish_name":
		return "publish_result"
	case "unpublish_name":
		return "unpublish_result"
	case "lookup_name":
		return "lookup_result"
	case "spawn":
		return "spawn_result"
	case "initack":
		return "initack"
	}
	return ""
}

// Reply answers the request cmd with rc=0 and the pairs.
func Reply(cmd string, pairs ...Pair) Message {
	return Message{Cmd: ReplyTo(cmd), Pairs: append([]Pair{{"rc", "0"}}, pairs...)}
}

// Refuse answers the request cmd with rc=-1 and a reason, cleaned and with its
// blanks made underscores: a C client reads a value only up to a blank.
func Refuse(cmd, reason string) Message {
	reason = strings.Map(func(r rune) rune {
		if r == ' ' || r == '=' || r == '\\' {
			return '_'
		}
		return r
	}, Clean(reason))
	return Message{Cmd: ReplyTo(cmd), Pairs: []Pair{{"rc", "-1"}, {"msg", reason}}}
}

// InitReply accepts an init; a client of a newer PMI-1 falls back to 1.1.
func InitReply() Message {
	return Reply("init", Pair{"pmi_version", "1"}, Pair{"pmi_subversion", "1"})
}

// MaxesReply tells the limits, as C counts: with the zero byte.
func MaxesReply() Message {
	return Reply("get_maxes", Pair{"kvsname_max", strconv.Itoa(MaxKVSName + 1)},
		Pair{"keylen_max", strconv.Itoa(MaxKey + 1)}, Pair{"vallen_max", strconv.Itoa(MaxValue + 1)})
}

// AppnumReply tells the number of the program.
func AppnumReply(n int) Message { return Reply("get_appnum", Pair{"appnum", strconv.Itoa(n)}) }

// UniverseSizeReply tells how many ranks there can be.
func UniverseSizeReply(n int) Message {
	return Reply("get_universe_size", Pair{"size", strconv.Itoa(n)})
}

// KVSNameReply tells the name of the key-value space.
func KVSNameReply(name string) Message { return Reply("get_my_kvsname", Pair{"kvsname", name}) }

// GetReply tells the value asked for.
func GetReply(value string) Message { return Reply("get", Pair{"value", value}) }

// BarrierOut lets a rank out of the barrier.
func BarrierOut() Message { return Reply("barrier_in") }

// FinalizeAck is the last message of a server to a rank.
func FinalizeAck() Message { return Reply("finalize") }

// InitAckReply is what a server sends for initack: four lines.
func InitAckReply(size, rank int) []Message {
	return []Message{
		Reply("initack"),
		{Cmd: "set", Pairs: []Pair{{"size", strconv.Itoa(size)}}},
		{Cmd: "set", Pairs: []Pair{{"rank", strconv.Itoa(rank)}}},
		{Cmd: "set", Pairs: []Pair{{"debug", "0"}}},
	}
}

// Clean makes text fit to be a message: control characters become blanks, the
// ends are trimmed, and it is cut at 512 bytes.
func Clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
	const limit = 512
	if len(text) > limit {
		text = strings.ToValidUTF8(text[:limit], "")
	}
	return strings.TrimSpace(text)
}
