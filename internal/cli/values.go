package cli

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"numcomp/internal/job"
	"numcomp/kernels"
)

// The set functions of options. Their errors are the rest of a sentence that
// begins with the flag and the quoted value.

// intValue takes a whole number of at least least; what names it, with its article.
func intValue(dst *int, least int, what string) func(string) error {
	return func(value string) error {
		n, err := strconv.Atoi(value)
		if errors.Is(err, strconv.ErrRange) {
			return fmt.Errorf("is not %s: it is too large", what)
		}
		if err != nil || n < least {
			return fmt.Errorf("is not %s: want a whole number, %d or more", what, least)
		}
		*dst = n
		return nil
	}
}

// floatValue takes any number.
func floatValue(dst *float64) func(string) error {
	return func(value string) error {
		x, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return errors.New("is not a number: want one such as 0, -1.5 or 1e-3")
		}
		*dst = x
		return nil
	}
}

// seedValue takes an unsigned 64-bit number.
func seedValue(dst *uint64) func(string) error {
	return func(value string) error {
		n, err := strconv.ParseUint(value, 10, 64)
		if err != nil {
			return errors.New("is not a seed: want a whole number from 0 to 18446744073709551615")
		}
		*dst = n
		return nil
	}
}

// durationValue takes Go's notation, or plain seconds. what names it, with its
// article; with none, "none" is 0.
func durationValue(dst *time.Duration, what string, none bool) func(string) error {
	return func(value string) error {
		d, ok := parseDuration(value)
		if none && value == "none" {
			d, ok = 0, true
		} else if d <= 0 {
			ok = false
		}
		if !ok {
			want := "seconds or a duration, more than 0, such as 30 or 1m30s"
			if none {
				want += ", or none"
			}
			return fmt.Errorf("is not %s: want %s", what, want)
		}
		*dst = d
		return nil
	}
}

// workTimeValue takes a duration that may be 0.
func workTimeValue(dst *time.Duration) func(string) error {
	return func(value string) error {
		d, ok := parseDuration(value)
		if !ok || d < 0 {
			return errors.New("is not a work time: want seconds, 0 or more, such as 0.5 or 500ms")
		}
		*dst = d
		return nil
	}
}

// parseDuration reads plain seconds ("1.5") or Go's notation ("1m30s").
func parseDuration(value string) (time.Duration, bool) {
	if seconds, err := strconv.ParseFloat(value, 64); err == nil {
		ns := math.Round(seconds * float64(time.Second))
		return time.Duration(ns), math.Abs(ns) < math.MaxInt64 // false for NaN
	}
	d, err := time.ParseDuration(value)
	return d, err == nil
}

// oneOf takes one of names.
func oneOf(dst *string, what string, names ...string) func(string) error {
	return func(value string) error {
		if !slices.Contains(names, value) {
			return notOneOf(value, what, names)
		}
		*dst = value
		return nil
	}
}

// choice completes the row of a flag that takes one of a few words, which row.arg
// lists; what names it, with its article.
func choice[T any](dst *T, what string, parse func(string) (T, error), row option) *option {
	row.set = func(value string) error {
		v, err := parse(value)
		if err != nil {
			return notOneOf(value, what, strings.Split(row.arg, "|"))
		}
		*dst = v
		return nil
	}
	return &row
}

// notOneOf says what is accepted, and which of it was probably meant.
func notOneOf(value, what string, names []string) error {
	text := "is not " + what + ": want " + orList(names)
	if near := nearest(strings.ToLower(value), names); near != "" && len(names) > 2 {
		text += "; did you mean " + near + "?"
	}
	return errors.New(text)
}

func orList(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// pathValue takes the path of a file; what names it, with its article.
func pathValue(dst *string, what string) func(string) error {
	return func(value string) error {
		if value == "" || strings.ContainsRune(value, 0) {
			return fmt.Errorf("is not %s", what)
		}
		*dst = value
		return nil
	}
}

// sizeValue takes the shape of an array, and keeps the text for advice.
func sizeValue(dst *kernels.Shape, text *string) func(string) error {
	parse := parsed(dst, job.ParseSize)
	return func(value string) error {
		*text = value
		return parse(value)
	}
}

// kernelValue takes the name of a kernel.
func kernelValue(dst *string) func(string) error {
	return func(value string) error {
		if _, ok := kernels.Lookup(value); ok {
			*dst = value
			return nil
		}
		var names []string
		for _, k := range kernels.All() {
			names = append(names, k.Name)
		}
		return notOneOf(value, "a kernel", names)
	}
}

// computeValue takes which outputs are computed.
func computeValue(all *bool) func(string) error {
	var chosen string
	choose := oneOf(&chosen, "a choice of outputs", "kept", "all")
	return func(value string) error {
		err := choose(value)
		*all = chosen == "all"
		return err
	}
}

// hostPortValue takes HOST, HOST:PORT, an IPv6 address, or [IPv6]:PORT.
func hostPortValue(host *string, port *int) func(string) error {
	return func(value string) error {
		h, p, err := splitHostPort(value)
		if err != nil {
			return err
		}
		*host, *port = h, p
		return nil
	}
}

func splitHostPort(value string) (host string, port int, err error) {
	bad := errors.New("is not an address: want HOST, HOST:PORT or [IPV6]:PORT, such as node1:20000")
	host, text := value, ""
	switch {
	case strings.HasPrefix(value, "["):
		inside, after, closed := strings.Cut(value[1:], "]")
		if !closed || after != "" && after[0] != ':' {
			return "", 0, bad
		}
		host, text = inside, strings.TrimPrefix(after, ":")
		if after == ":" {
			return "", 0, bad
		}
	case strings.Count(value, ":") == 1:
		host, text, _ = strings.Cut(value, ":")
		if text == "" {
			return "", 0, bad
		}
	}
	if host == "" || strings.ContainsAny(host, " \t/[]\x00") {
		return "", 0, bad
	}
	if text != "" {
		n, err := strconv.ParseUint(text, 10, 16)
		if err != nil || n == 0 {
			return "", 0, bad
		}
		port = int(n)
	}
	return host, port, nil
}
