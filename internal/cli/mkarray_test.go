package cli

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
)

// mkarray is the program "mkarray FILE DTYPE SHAPE [fortran]" of the scripts: it
// writes an npy file (format version 1.0) whose element k, in C order, is k/8,
// an exact value of every type. DTYPE is numpy's, such as <f8, >f4, <i4 or <c16;
// SHAPE is such as 2x3x4. The program is no part of what it tests.
func mkarray(args []string) int {
	if len(args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: mkarray FILE DTYPE SHAPE [fortran]")
		return 2
	}
	data, err := npyFile(args[1], args[2], len(args) > 3 && args[3] == "fortran")
	if err == nil {
		err = os.WriteFile(args[0], data, 0o666)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "mkarray:", err)
		return 1
	}
	return 0
}

func npyFile(dtype, shape string, fortran bool) ([]byte, error) {
	var dims []int
	total := 1
	for _, word := range strings.Split(shape, "x") {
		n, err := strconv.Atoi(word)
		if err != nil {
			return nil, err
		}
		dims = append(dims, n)
		total *= n
	}
	tuple := strings.ReplaceAll(shape, "x", ", ")
	if len(dims) == 1 {
		tuple += ","
	}
	order := "False"
	if fortran {
		order = "True"
	}
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }", dtype, order, tuple)
	header += strings.Repeat(" ", 63-(len(header)+10)%64) + "\n"
	out := append([]byte("\x93NUMPY\x01\x00"), binary.LittleEndian.AppendUint16(nil, uint16(len(header)))...)
	out = append(out, header...)
	for i := range total {
		k := i
		if fortran {
			k = cIndex(i, dims)
		}
		var err error
		if out, err = appendElement(out, dtype, float64(k)/8); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// cIndex is the place in C order of the element that is the i-th in Fortran order.
func cIndex(i int, dims []int) int {
	at := make([]int, len(dims))
	for d, n := range dims {
		at[d], i = i%n, i/n
	}
	k := 0
	for d, n := range dims {
		k = k*n + at[d]
	}
	return k
}

func appendElement(out []byte, dtype string, v float64) ([]byte, error) {
	var order binary.AppendByteOrder = binary.LittleEndian
	if dtype[0] == '>' {
		order = binary.BigEndian
	}
	switch dtype[1:] {
	case "f8":
		return order.AppendUint64(out, math.Float64bits(v)), nil
	case "f4":
		return order.AppendUint32(out, math.Float32bits(float32(v))), nil
	case "i4":
		return order.AppendUint32(out, uint32(int32(v*8))), nil
	case "c16":
		return order.AppendUint64(order.AppendUint64(out, math.Float64bits(v)), 0), nil
	}
	return nil, fmt.Errorf("no type %s", dtype)
}
