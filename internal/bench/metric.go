package bench

// Metric is what the seconds of a row are. Rows of different metrics, or of
// different benchmarks, are not to be compared.
type Metric struct {
	// Name is for programs.
	Name string
	// Text is a line for people.
	Text string
}

// The metrics.
func halfRoundTrip() Metric {
	return Metric{"half-round-trip", "half of the time from rank 0 sending a message to having rank 1's answer of that size"}
}

func window() Metric {
	return Metric{"window", "rank 0's time for a window of messages to rank 1, until rank 1 answers that it has all, over the messages of the window"}
}

func interval() Metric {
	return Metric{"interval", "rank 0's time from leaving a barrier to leaving the next"}
}

func completion() Metric {
	return Metric{"completion", "from the first rank leaving a barrier to the last rank having its data, by the one clock of their machine"}
}

// bracket stands in for completion where the ranks' clocks differ.
func bracket() Metric {
	return Metric{"bracket", "rank 0's time from leaving a barrier to leaving the barrier that follows (the ranks' machines have clocks of their own)"}
}

// Iteration is the metric of the job's own iterations.
func Iteration() Metric {
	return Metric{"iteration", "from rank 0 leaving a barrier to rank 0 holding every result in item order"}
}

// Phases is the metric of whole runs.
func Phases() Metric {
	return Metric{"phases", "wall time of a whole run, from starting a process that starts the ranks to its end, and where it went on rank 0"}
}
