package sysmem

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// parseMeminfo returns MemAvailable in bytes. Kernels before 3.14 do not tell
// it; MemFree + Buffers + Cached stands in for it there.
func parseMeminfo(text string) (int64, error) {
	if n, err := kilobytes(text, "MemAvailable"); err == nil {
		return n, nil
	}
	var sum int64
	for _, name := range []string{"MemFree", "Buffers", "Cached"} {
		n, err := kilobytes(text, name)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

// kilobytes returns the field "name:  123 kB" of a /proc file, in bytes.
func kilobytes(text, name string) (int64, error) {
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(line, name+":")
		if !ok {
			continue
		}
		f := strings.Fields(rest)
		if len(f) != 2 || f[1] != "kB" {
			return 0, fmt.Errorf("cannot read the line %q", strings.TrimSpace(line))
		}
		n, err := strconv.ParseInt(f[0], 10, 64)
		if err != nil || n < 0 || n > math.MaxInt64/1024 {
			return 0, fmt.Errorf("cannot read the line %q", strings.TrimSpace(line))
		}
		return n * 1024, nil
	}
	return 0, fmt.Errorf("there is no line %q", name)
}
