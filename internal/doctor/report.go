package doctor

// Schema is the version of the JSON form of a Report.
const Schema = 1

// Report is everything that was found out. Its JSON form is described in
// docs/json.md.
type Report struct {
	Schema   int       `json:"schema"`
	Healthy  bool      `json:"healthy"` // no finding is an error
	Launcher Launcher  `json:"launcher"`
	Programs []Program `json:"programs"`
	Ranks    []Rank    `json:"ranks"`
	// Pairs is who reaches whom; empty in a world of one.
	Pairs    []Pair    `json:"pairs"`
	Findings []Finding `json:"findings"`
}

// Launcher is who started the process that reports, and why that is believed.
type Launcher struct {
	Name      string     `json:"name"`
	Because   []Variable `json:"because"`
	Unused    []Variable `json:"unused"`
	Bootstrap string     `json:"bootstrap"`
	Means     string     `json:"means"`
	Rank      int        `json:"rank"`
	Size      int        `json:"size"`
	Nodes     int        `json:"nodes"`
	JobID     string     `json:"job_id"`
}

// Variable is one of the environment's.
type Variable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Program is a launcher that is installed where rank 0 runs.
type Program struct {
	Name    string `json:"name"`
	Path    string `json:"path"`
	Version string `json:"version"`
}

// Rank is one process of the world and what it finds around it.
type Rank struct {
	Rank      int      `json:"rank"`
	Host      string   `json:"host"`
	Node      int      `json:"node"` // ranks with the same number share a node
	PID       int      `json:"pid"`
	Addresses []string `json:"addresses"` // as others try them
	CPUs      CPUs     `json:"cpus"`
	Limits    Limits   `json:"limits"`
	Memory    Memory   `json:"memory"`
	Shared    Shared   `json:"shared_memory"`
	Build     string   `json:"build"`
	Go        string   `json:"go"`
	Kernel    string   `json:"kernel"`
}

// CPUs is what a process may compute on.
type CPUs struct {
	Allowed []int   `json:"allowed"` // the affinity mask
	Online  int     `json:"online"`  // of the machine
	Quota   float64 `json:"quota"`   // the cgroup's, in CPUs; 0: none
	Threads int     `json:"threads"` // GOMAXPROCS
}

// Limit is a resource limit; -1 is none.
type Limit struct {
	Soft int64 `json:"soft"`
	Hard int64 `json:"hard"`
}

// Limits are a process's.
type Limits struct {
	OpenFiles    Limit `json:"open_files"`
	FilesNeeded  int   `json:"files_needed"`
	LockedMemory Limit `json:"locked_memory"` // bytes
	Processes    Limit `json:"processes"`
}

// Memory is what a process can still take, in bytes, and what says so; 0: unknown.
type Memory struct {
	Total     int64  `json:"total"`
	Available int64  `json:"available"`
	Source    string `json:"source"`
}

// Shared is memory that processes of a node can share.
type Shared struct {
	DevShmSize int64  `json:"dev_shm_size"` // bytes; 0: there is no /dev/shm
	DevShmFree int64  `json:"dev_shm_free"`
	Memfd      string `json:"memfd"` // "ok", or why not
}

// Pair is a connection from one rank to another, tried on every address.
type Pair struct {
	From int `json:"from"`
	To   int `json:"to"`
	// Address is the first, in the order in which they are tried, that led there;
	// "": none did.
	Address string `json:"address"`
	// Latency is the median half round trip of 8 bytes in microseconds; 0: not
	// measured.
	Latency float64 `json:"latency_us"`
	// Failed are the other addresses tried.
	Failed []Failure `json:"failed"`
}

// Failure is an address that did not lead to its rank.
type Failure struct {
	Address string `json:"address"`
	Why     string `json:"why"`
}

// How bad a finding is.
const (
	Error   = "error"   // a run breaks
	Warning = "warning" // a run is slow, or breaks when it gets larger
)

// Finding is something to mend.
type Finding struct {
	Severity string `json:"severity"`
	// Ranks are those that it is about; empty: all.
	Ranks []int  `json:"ranks"`
	What  string `json:"what"`
	Do    string `json:"do"`
}
