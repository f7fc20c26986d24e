package cli

import (
	"testing"
	"time"
)

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"30": 30 * time.Second, "0.5": 500 * time.Millisecond, "1m30s": 90 * time.Second, "500ms": 500 * time.Millisecond,
		"0": 0, "1e-3": time.Millisecond, "-2": -2 * time.Second,
	} {
		if got, ok := parseDuration(text); !ok || got != want {
			t.Errorf("parseDuration(%q) = %v, %v, want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "nan", "inf", "-inf", "1e300", "5x", "m", "1 s"} {
		if got, ok := parseDuration(text); ok {
			t.Errorf("parseDuration(%q) = %v, want no duration", text, got)
		}
	}
}

func TestSplitHostPort(t *testing.T) {
	type hostPort struct {
		host string
		port int
	}
	for text, want := range map[string]hostPort{
		"node1": {"node1", 0}, "node1:20000": {"node1", 20000}, "10.0.0.1:1": {"10.0.0.1", 1},
		"::1": {"::1", 0}, "fe80::1%eth0": {"fe80::1%eth0", 0}, "[::1]": {"::1", 0}, "[fd00::7]:65535": {"fd00::7", 65535},
	} {
		host, port, err := splitHostPort(text)
		if err != nil || host != want.host || port != want.port {
			t.Errorf("splitHostPort(%q) = %q, %d, %v, want %q, %d", text, host, port, err, want.host, want.port)
		}
	}
	for _, text := range []string{"", ":1", "node1:", "node1:0", "node1:65536", "node1:x", "[::1", "[::1]x", "[::1]:", "[]", "a b", "http://x", "a]"} {
		if host, port, err := splitHostPort(text); err == nil {
			t.Errorf("splitHostPort(%q) = %q, %d, want an error", text, host, port)
		}
	}
}

func TestNearest(t *testing.T) {
	commands := []string{"launch", "bench", "kernels", "version", "help"}
	for word, want := range map[string]string{
		"lauch": "launch", "luanch": "launch", "kernel": "kernels", "halp": "help", "versoin": "version",
		"": "", "x": "", "zzzzz": "", "frobnicate": "", "ls": "", "lunch": "launch",
	} {
		if got := nearest(word, commands); got != want {
			t.Errorf("nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

func TestEditDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "abc", 3}, {"abc", "acb", 1}, {"kitten", "sitting", 3}, {"ab", "ba", 1}, {"same", "same", 0}} {
		if got := editDistance(c.a, c.b); got != c.want {
			t.Errorf("editDistance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestShellQuote(t *testing.T) {
	for text, want := range map[string]string{
		"": "''", "plain-1.npy": "plain-1.npy", "a b": "'a b'", "it's": `'it'\''s'`, "$HOME": "'$HOME'", "^docker*": "'^docker*'",
	} {
		if got := shellQuote(text); got != want {
			t.Errorf("shellQuote(%q) = %s, want %s", text, got, want)
		}
	}
}
