package job

import (
	"math"
	"strings"
	"testing"
)

func TestParseBytes(t *testing.T) {
	for text, want := range map[string]int64{
		"1":                   1,
		"536870912":           536870912,
		"512MiB":              536870912,
		"512M":                536870912,
		"512 MiB":             536870912,
		"1.5GB":               1500000000,
		"0.5KiB":              512,
		"9223372036854775807": math.MaxInt64,
		"7B":                  7,
		"3PiB":                3 << 50,
	} {
		if got, err := ParseBytes(text); err != nil || got != want {
			t.Errorf("%s: %d, error %v, want %d", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"":                    "is not a number of bytes",
		"MiB":                 "is not a number of bytes",
		"12 parsecs":          "is not a number of bytes",
		"1e9":                 "is not a number of bytes",
		"1.2.3":               "is not a number of bytes",
		"--5":                 "is not a number of bytes",
		"0":                   "must be positive",
		"-1MiB":               "must be positive",
		"0.1B":                "must be positive",
		"9223372036854775808": "more bytes than can be counted",
		"10000PiB":            "more bytes than can be counted",
		"99999999999999.9PB":  "more bytes than can be counted",
	} {
		if got, err := ParseBytes(text); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), text) {
			t.Errorf("%q: %d, error %v, want %q", text, got, err, want)
		}
	}
}

func TestFormatBytes(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 1: "1 B", 1023: "1023 B", 1024: "1.00 KiB", 8e6: "7.63 MiB",
		10 << 20: "10.0 MiB", 99<<20 + 1<<19: "99.5 MiB", 100 << 20: "100 MiB",
		1<<20 - 1: "1.00 MiB", 1023 << 10: "1023 KiB", 5 << 30: "5.00 GiB", math.MaxInt64: "8.00 EiB",
	} {
		if got := FormatBytes(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

func TestSaturation(t *testing.T) {
	const most = math.MaxInt64
	for _, c := range []struct{ got, want int64 }{
		{product(), 1}, {product(3, 4, 5), 60}, {product(most, 0), 0}, {product(0, most, most), 0},
		{product(most, 2), most}, {product(1<<32, 1<<32), most}, {product(most, 1), most},
		{sum(), 0}, {sum(1, 2, 3), 6}, {sum(most, 1), most}, {sum(most-1, 1), most}, {sum(most, most, most), most},
	} {
		if c.got != c.want {
			t.Errorf("%d, want %d", c.got, c.want)
		}
	}
}
