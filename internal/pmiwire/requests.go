package pmiwire

import "strconv"

// Init asks for PMI 1.1, exactly: Slurm's step daemon takes only 1.1 or 2.0,
// and ends on the request that follows a refused version.
func Init() Message {
	return Message{Cmd: "init", Pairs: []Pair{{"pmi_version", "1"}, {"pmi_subversion", "1"}}}
}

// InitAck opens a connection made through PMI_PORT; id is PMI_ID's text.
func InitAck(id string) Message { return Message{Cmd: "initack", Pairs: []Pair{{"pmiid", id}}} }

// GetMaxes asks for the limits on names, keys and values.
func GetMaxes() Message { return Message{Cmd: "get_maxes"} }

// GetAppnum asks which program of a multi-program job this is.
func GetAppnum() Message { return Message{Cmd: "get_appnum"} }

// GetUniverseSize asks how many ranks the job could grow to.
func GetUniverseSize() Message { return Message{Cmd: "get_universe_size"} }

// GetMyKVSName asks for the name of the job's key-value space.
func GetMyKVSName() Message { return Message{Cmd: "get_my_kvsname"} }

// Put stores value under key in the key-value space kvs; other ranks see it
// after the next barrier.
func Put(kvs, key, value string) Message {
	return Message{Cmd: "put", Pairs: []Pair{{"kvsname", kvs}, {"key", key}, {"value", value}}}
}

// Get asks for the value of key in the key-value space kvs.
func Get(kvs, key string) Message {
	return Message{Cmd: "get", Pairs: []Pair{{"kvsname", kvs}, {"key", key}}}
}

// BarrierIn enters the barrier of all ranks.
func BarrierIn() Message { return Message{Cmd: "barrier_in"} }

// Finalize ends the rank's use of the server, which then closes.
func Finalize() Message { return Message{Cmd: "finalize"} }

// Abort asks the launcher to end the job with this exit status. text is
// cleaned of what a line cannot hold, and cut.
func Abort(exitcode int, text string) Message {
	m := Message{Cmd: "abort", Pairs: []Pair{{"exitcode", strconv.Itoa(exitcode)}}}
	if text = Clean(text); text != "" {
		m.Pairs = append(m.Pairs, Pair{"message", text})
	}
	return m
}
