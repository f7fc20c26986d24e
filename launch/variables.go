package launch

import (
	"fmt"
	"strconv"
)

// maxRanks bounds ranks and sizes, so that arithmetic on them is safe in 32 bits.
const maxRanks = 1 << 24

// variables reads the environment for one detector. The first thing that is
// wrong stays in err; reading goes on with zeros.
type variables struct {
	get      Getenv
	isSocket func(fd int) bool
	err      error
}

// text is the variable's value; a variable that is set but empty counts as not
// set, since a launcher never means that.
func (v *variables) text(name string) string {
	s, _ := v.get(name)
	return s
}

func (v *variables) has(name string) bool { return v.text(name) != "" }

// show is NAME=value, or says that it is not set, for errors.
func (v *variables) show(name string) string {
	if !v.has(name) {
		return name + " is not set"
	}
	return fmt.Sprintf("%s=%.64s", name, v.text(name))
}

func (v *variables) fail(format string, args ...any) {
	if v.err == nil {
		v.err = fmt.Errorf(format, args...)
	}
}

// number is the value of a variable that counts something; none when it is not set.
func (v *variables) number(name string, none int) int {
	if !v.has(name) {
		return none
	}
	n, err := strconv.Atoi(v.text(name))
	if err != nil || n < 0 || n > maxRanks {
		v.fail("%s=%.64q is not a number from 0 to %d", name, v.text(name), maxRanks)
		return none
	}
	return n
}

// below reads an index and the count that it must be below: rank and size. Both
// must be set: a rank without its size can belong to any world.
func (v *variables) below(index, count string) (i, n int) {
	switch {
	case !v.has(index) && !v.has(count):
		v.fail("neither %s nor %s is set", index, count)
	case !v.has(index):
		v.fail("%s, but %s is not set", v.show(count), index)
	case !v.has(count):
		v.fail("%s, but %s is not set: how many ranks are there?", v.show(index), count)
	}
	i, n = v.number(index, -1), v.number(count, -1)
	if v.err == nil && i >= n {
		v.fail("%s is not below %s", v.show(index), v.show(count))
	}
	return i, n
}

// local reads local rank and local size, which may both be missing, and checks
// them against each other and the size of the world (-1: not known).
func (v *variables) local(index, count string, size int) (i, n int) {
	i, n = v.number(index, -1), v.number(count, -1)
	if n >= 0 && i >= n {
		v.fail("%s is not below %s", v.show(index), v.show(count))
	}
	if n > size && size >= 0 {
		v.fail("%s is more than the %d ranks of the job", v.show(count), size)
	}
	return i, n
}

// same fails unless every one of names that is set has the number want.
func (v *variables) same(want int, whose string, names ...string) {
	for _, name := range names {
		if v.has(name) && v.number(name, -1) != want {
			v.fail("%s contradicts %s", v.show(name), v.show(whose))
		}
	}
}

// socket is the file descriptor that a variable names, if it is a connected
// socket; -1 otherwise: the variable may be a leftover of an outer launcher.
func (v *variables) socket(name string) int {
	fd := v.number(name, -1)
	if v.err != nil || fd < 0 || !v.isSocket(fd) {
		return -1
	}
	return fd
}
