package launch

import (
	"fmt"
	"strconv"
	"strings"
)

// RankSet is some ranks: 0,3-5. The empty one is all ranks.
type RankSet []struct{ First, Last int }

// ParseRankSet reads ranks and ranges of them, separated by commas.
func ParseRankSet(text string) (set RankSet, err error) {
	for _, word := range strings.Split(text, ",") {
		first, last, both := strings.Cut(word, "-")
		if !both {
			last = first
		}
		lo, err1 := strconv.ParseUint(first, 10, 31)
		hi, err2 := strconv.ParseUint(last, 10, 31)
		if err1 != nil || err2 != nil || lo > hi {
			return nil, fmt.Errorf("launch: %q are no ranks: %.32q is neither a rank nor a range, such as 3-5", text, word)
		}
		set = append(set, struct{ First, Last int }{int(lo), int(hi)})
	}
	return set, nil
}

// NoRankError is a Spec.Show with a word that holds no rank of the job.
type NoRankError struct {
	// Word is a rank or a range of ranks, Size the ranks that the job has.
	Word string
	Size int
}

func (e *NoRankError) Error() string {
	return fmt.Sprintf("launch: output is to be shown of rank %s, but the job has ranks 0-%d only", e.Word, e.Size-1)
}

// beyond is the first word of the set that holds none of size ranks; nil: all do.
func (s RankSet) beyond(size int) error {
	for _, r := range s {
		if r.First >= size {
			word := strconv.Itoa(r.First)
			if r.Last > r.First {
				word += "-" + strconv.Itoa(r.Last)
			}
			return &NoRankError{word, size}
		}
	}
	return nil
}

// Has says whether rank is in the set.
func (s RankSet) Has(rank int) bool {
	for _, r := range s {
		if r.First <= rank && rank <= r.Last {
			return true
		}
	}
	return len(s) == 0
}
