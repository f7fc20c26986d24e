package launch

// Getenv looks a variable up, as os.LookupEnv does. Only the command line reads
// the environment; it hands this on.
type Getenv func(name string) (value string, ok bool)

// Names of launchers, as Place.Launcher has them.
const (
	Numcomp  = "numcomp"
	MPICH    = "mpich" // Hydra, Intel MPI's included, and other servers of PMI-1
	OpenMPI  = "openmpi"
	PALS     = "pals"
	JSM      = "jsm"
	MVAPICH  = "mvapich"
	Flux     = "flux"
	Slurm    = "slurm"
	PMIX     = "pmix"
	Torchrun = "torchrun"
	Alone    = "alone"
)

// Place is where a process stands among the ranks of its job, as far as its
// environment tells.
type Place struct {
	// Launcher is who started this process: one of the constants above.
	Launcher string
	// Rank and Size are -1 where the PMI server at PMI.Port tells them.
	Rank, Size int
	// LocalRank and LocalSize count the ranks of this node; -1 is unknown.
	LocalRank, LocalSize int
	// Node is the index of this node in the job; -1 is unknown. Nodes is how
	// many the job has; 0 is unknown.
	Node, Nodes int
	// NodeID is equal for the ranks of one node and of no other; empty is
	// unknown. It may be a host's name, which need not resolve.
	NodeID string
	// NodeList names the job's nodes, in the order of Node, where known.
	NodeList []string `json:",omitempty"`
	// JobID names the job to its launcher.
	JobID string `json:",omitempty"`
	// PMI is how to reach the launcher's PMI-1 server.
	PMI PMI
	// TmpDir is a folder private to the job, on each node its own.
	TmpDir string `json:",omitempty"`
	// Head is HOST:PORT where rank 0 is to be found, when the launcher says so.
	Head string `json:",omitempty"`
	// Ports are TCP ports that the scheduler keeps free for this job's ranks,
	// in its own words (12000-12003).
	Ports string `json:",omitempty"`
	// Allocation is set when this process is alone in a shell or batch script
	// that a scheduler gave nodes to.
	Allocation *Allocation `json:",omitempty"`
}

// PMI is the way to a PMI-1 server. There is none when FD is -1 and Port is empty.
type PMI struct {
	// FD is a connected socket; -1 is none.
	FD int
	// Port is HOST:PORT to connect to, and ID what to say there.
	Port, ID string `json:",omitempty"`
}

// Exists says whether there is a PMI server to speak to.
func (p PMI) Exists() bool { return p.FD >= 0 || p.Port != "" }

// Allocation is nodes that a scheduler has granted without starting ranks yet.
type Allocation struct {
	// Manager is the scheduler: Slurm.
	Manager string
	JobID   string
	// NodeList names the nodes. CPUs and Tasks count, for each of them, the
	// CPUs granted and the tasks asked for; nil where unknown.
	NodeList    []string
	CPUs, Tasks []int `json:",omitempty"`
}

// place is a Place of which only the launcher is known.
func place(launcher string) Place {
	return Place{Launcher: launcher, Rank: -1, Size: -1, LocalRank: -1, LocalSize: -1, Node: -1, PMI: PMI{FD: -1}}
}
