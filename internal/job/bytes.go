package job

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// units are what a number of bytes may end in: powers of 1024 with "i" or alone
// as in 512M, powers of 1000 with B alone as in 512MB.
var units = []struct {
	name  string
	bytes int64
}{
	{"B", 1},
	{"kB", 1e3}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}, {"PB", 1e15},
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40}, {"PiB", 1 << 50},
	{"K", 1 << 10}, {"k", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}, {"T", 1 << 40}, {"P", 1 << 50},
}

// ParseBytes reads a number of bytes from 1 on: "536870912", "512MiB", "1.5GB",
// "512M" (as MiB).
func ParseBytes(text string) (int64, error) {
	number, unit := text, int64(1)
	if i := strings.IndexFunc(text, func(r rune) bool { return (r < '0' || r > '9') && r != '.' && r != '-' && r != '+' }); i >= 0 {
		number = text[:i]
		found := false
		for _, u := range units {
			if u.name == strings.TrimSpace(text[i:]) {
				unit, found = u.bytes, true
			}
		}
		if !found {
			return 0, fmt.Errorf("%q is not a number of bytes: write a number, or a number with a unit, as 512MiB or 1.5GB", text)
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		f, ferr := strconv.ParseFloat(number, 64)
		if ferr != nil || math.IsInf(f, 0) || math.IsNaN(f) {
			return 0, fmt.Errorf("%q is not a number of bytes: write a number, or a number with a unit, as 512MiB or 1.5GB", text)
		}
		if f *= float64(unit); f >= math.MaxInt64 || f <= math.MinInt64 {
			return 0, fmt.Errorf("%q is more bytes than can be counted (at most %d)", text, int64(math.MaxInt64))
		}
		n, unit = int64(f), 1
	}
	switch {
	case n <= 0:
		return 0, fmt.Errorf("%q: the number of bytes must be positive", text)
	case n > math.MaxInt64/unit:
		return 0, fmt.Errorf("%q is more bytes than can be counted (at most %d)", text, int64(math.MaxInt64))
	}
	return n * unit, nil
}

// FormatBytes writes n bytes with 3 significant digits and a power of 1024 as
// unit: "512 B", "7.63 MiB".
func FormatBytes(n int64) string {
	names := []string{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	if n < 1<<10 {
		return strconv.FormatInt(n, 10) + " B"
	}
	f, i := float64(n)/(1<<10), 0
	// 1023.5 KiB would be printed as 1024.
	for ; f >= 1023.5 && i < len(names)-1; i++ {
		f /= 1 << 10
	}
	decimals := 2
	if f >= 9.995 {
		decimals = 1
	}
	if f >= 99.95 {
		decimals = 0
	}
	return strconv.FormatFloat(f, 'f', decimals, 64) + " " + names[i]
}

// describeBytes is FormatBytes with the exact number, for errors.
func describeBytes(n int64) string {
	if n < 1<<10 {
		return fmt.Sprintf("%d bytes", n)
	}
	if n == math.MaxInt64 {
		return "more than 8 EiB"
	}
	return fmt.Sprintf("%s (%d bytes)", FormatBytes(n), n)
}

// product multiplies sizes that are not negative; it saturates at the largest
// int64, which no machine has and describeBytes tells as such.
func product(factors ...int64) int64 {
	n := int64(1)
	for _, f := range factors {
		if f == 0 {
			return 0
		}
		if n > math.MaxInt64/f {
			n = math.MaxInt64
		} else {
			n *= f
		}
	}
	return n
}

// sum adds sizes that are not negative, saturating as product does.
func sum(terms ...int64) int64 {
	var n int64
	for _, t := range terms {
		if n > math.MaxInt64-t {
			return math.MaxInt64
		}
		n += t
	}
	return n
}
