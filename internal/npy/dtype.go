package npy

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// dtype is an element type on disk.
type dtype struct {
	name string
	kind byte // 'b' bool, 'i', 'u', 'f'
	size int  // bytes
	big  bool // the most significant byte comes first
}

// sizes are the types that are converted: by kind, their sizes in bytes.
var sizes = map[byte]string{'b': "1", 'i': "1 2 4 8", 'u': "1 2 4 8", 'f': "2 4 8"}

// refused names the kinds that are not converted. numpy's kind characters.
var refused = map[byte]string{
	'c': "complex numbers: save the real part, the imaginary part or the magnitude",
	'O': "Python objects: convert the array with astype(float)",
	'S': "strings of bytes: convert the array with astype(float)",
	'a': "strings of bytes: convert the array with astype(float)",
	'U': "strings: convert the array with astype(float)",
	'V': "raw bytes (void)",
	'M': "dates (datetime64)",
	'm': "time differences (timedelta64)",
}

// parseDType makes sense of the header's descr, with its quotes: '<f8'.
func parseDType(descr string) (dtype, error) {
	name := strings.Trim(descr, " ")
	if len(name) > 200 && name[0] != '[' {
		return dtype{}, fmt.Errorf("dtype %s is not understood", shorten(name))
	}
	if strings.HasPrefix(name, "[") || strings.HasPrefix(name, "(") {
		return dtype{}, fmt.Errorf("the elements are records, dtype %s: save one field of them", shorten(name))
	}
	if len(name) < 2 || name[0] != name[len(name)-1] || name[0] != '\'' && name[0] != '"' {
		return dtype{}, fmt.Errorf("dtype %s is not understood", name)
	}
	name = name[1 : len(name)-1]
	d := dtype{name: name}
	code := strings.TrimLeft(name, "<>|=")
	switch name[:len(name)-len(code)] {
	case "<", "|", "":
	case ">":
		d.big = true
	default:
		// numpy writes "=" nowhere: a file's order cannot depend on its reader.
		return dtype{}, fmt.Errorf("dtype %q is not understood", name)
	}
	if code == "" {
		return dtype{}, errors.New(`dtype "" is not understood`)
	}
	d.kind = code[0]
	if why, ok := refused[d.kind]; ok {
		return dtype{}, fmt.Errorf("dtype %q is not read: the elements are %s", name, why)
	}
	known, ok := sizes[d.kind]
	if !ok {
		return dtype{}, fmt.Errorf("dtype %q is not understood", name)
	}
	for s := range strings.FieldsSeq(known) {
		if code[1:] == s {
			d.size, _ = strconv.Atoi(s)
			return d, nil
		}
	}
	return dtype{}, fmt.Errorf("dtype %q is not read: elements of that kind are read with %s bytes; convert the array with astype(float)", name, strings.ReplaceAll(known, " ", ", "))
}
