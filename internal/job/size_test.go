package job

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"numcomp/kernels"
)

func TestParseSize(t *testing.T) {
	for text, want := range map[string]kernels.Shape{
		"1000x1000":       {Rows: 1000, Cols: 1000},
		"1x7":             {Rows: 1, Cols: 7},
		"3000x17":         {Rows: 3000, Cols: 17},
		"1":               {Rows: 1, Cols: 1},
		"7":               {Rows: 1, Cols: 7},
		"12":              {Rows: 3, Cols: 4},
		"1000":            {Rows: 25, Cols: 40},
		"1000000":         {Rows: 1000, Cols: 1000},
		"10000000":        {Rows: 3125, Cols: 3200},
		"281474976710656": {Rows: 1 << 24, Cols: 1 << 24},
		"1000003":         {Rows: 1, Cols: 1000003},
	} {
		if strings.HasPrefix(text, "281") && math.MaxInt < math.MaxInt64 {
			continue // an array that a 32-bit int cannot index
		}
		got, err := ParseSize(text)
		if err != nil || got != want {
			t.Errorf("%s: %v, error %v, want %v", text, got, err, want)
		}
	}
}

func TestParseSizeRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                       `size "": a number is missing`,
		"0":                      `size "0": 0 must be positive`,
		"-5":                     `size "-5": -5 must be positive`,
		"1e6":                    `"1e6" is not a whole number`,
		"ten":                    `"ten" is not a whole number`,
		"10x":                    `shape "10x": columns: a number is missing`,
		"x10":                    `shape "x10": rows: a number is missing`,
		"10x0":                   `columns: 0 must be positive`,
		"-1x10":                  `rows: -1 must be positive`,
		"10x10x10":               `columns: "10x10" is not a whole number`,
		"10 x 10":                `rows: "10 " is not a whole number`,
		"99999999999999999999":   `99999999999999999999 is more than can be counted`,
		"9223372036854775807":    `one array would take 7.38e+19 bytes as float64`,
		"4294967296x4294967296":  `one array would take 1.48e+20 bytes as float64`,
		"1x9223372036854775807":  `one array would take 7.38e+19 bytes as float64`,
		"99999999999999999999x1": `rows: 99999999999999999999 is more than can be counted`,
		"281474976710657":        `at most 2^48 elements`,
	} {
		if got, err := ParseSize(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, error %v, want %q", text, got, err, want)
		}
	}
}

// TestMostNearlySquare holds ParseSize to the definition, by trial of all factors.
func TestMostNearlySquare(t *testing.T) {
	for n := 1; n <= 3000; n++ {
		best := kernels.Shape{Rows: 1, Cols: n}
		for r := 1; r*r <= n; r++ {
			if n%r == 0 {
				best = kernels.Shape{Rows: r, Cols: n / r}
			}
		}
		got, err := ParseSize(strconv.Itoa(n))
		if err != nil || got != best {
			t.Fatalf("%d: %v, error %v, want %v", n, got, err, best)
		}
	}
}

func TestSizeAdvice(t *testing.T) {
	for text, want := range map[string]string{
		"1000x1000": "",
		"1x1000000": "", // asked for in so many words
		"1000":      "as Python's --size 1000, write --size 1000x1000",
		"20000":     "as Python's --size 20000, write --size 20000x20000",
		"10000000":  "",
		"1000003":   "for a square of about as many elements write --size 1000x1000",
		"1000000":   "",
	} {
		shape, err := ParseSize(text)
		if err != nil {
			t.Fatal(err)
		}
		got := SizeAdvice(text, shape)
		if (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	// 4 times is not yet far from square.
	if got := SizeAdvice("40000", kernels.Shape{Rows: 100, Cols: 400}); got != "" {
		t.Errorf("100x400: %q", got)
	}
	if got := SizeAdvice("40100", kernels.Shape{Rows: 100, Cols: 401}); got == "" {
		t.Error("100x401: no advice")
	}
}

// FuzzParseSize: what is accepted has exactly the elements asked for, and its
// text reads back.
func FuzzParseSize(f *testing.F) {
	for _, text := range []string{"1000x1000", "10000000", "10x", "-1", "0x0", "99999999999999999999x1", "7"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSize(text)
		if err != nil {
			return
		}
		if s.Rows < 1 || s.Cols < 1 || int64(s.Rows) > maxElements/int64(s.Cols) {
			t.Fatalf("%q: %v", text, s)
		}
		if again, err := ParseSize(s.String()); err != nil || again != s {
			t.Fatalf("%q: %v reads back as %v, error %v", text, s, again, err)
		}
	})
}
