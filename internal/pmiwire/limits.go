package pmiwire

import "fmt"

const (
	// MaxLine bounds a line that Parse accepts, in bytes without the newline.
	MaxLine = 4096
	// MaxRequest bounds a request that a client sends, in bytes with the
	// newline: Slurm reads a request with one read(2) of this size.
	MaxRequest = 1024
	// MaxKey is the longest key in bytes: get_maxes says one more, for the zero
	// byte of C.
	MaxKey = 63
	// MaxValue is the longest value in bytes, likewise.
	MaxValue = 1023
	// MaxKVSName is the longest name of a key-value space in bytes, likewise.
	MaxKVSName = 255
)

// CheckKey says why key cannot be put through every known server, or nil.
func CheckKey(key string) error {
	if key == "" {
		return fmt.Errorf("pmi: a key is empty")
	}
	return check("key", key, MaxKey)
}

// CheckValue says why value cannot be put through every known server, or nil.
func CheckValue(value string) error { return check("value", value, MaxValue) }

// check refuses what one of the servers changes or cuts: a blank ends a value
// in MPICH, a backslash is its escape, ';' separates pairs in Slurm's PMI-2
// relay, and '=' separates key from value.
func check(what, s string, limit int) error {
	if len(s) > limit {
		return fmt.Errorf("pmi: %s of %d bytes is longer than %d, beginning %.32q", what, len(s), limit, s)
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c <= ' ' || c > '~' || c == '\\' || c == ';' || c == '=' {
			return fmt.Errorf("pmi: %s %.32q: byte %q at %d is not allowed", what, s, c, i)
		}
	}
	return nil
}
