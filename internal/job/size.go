package job

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"numcomp/kernels"
)

// maxElements bounds one array: 2 PiB as float64, more than any machine has, and
// little enough that its divisors are found at once.
const maxElements = 1 << 48

// ParseSize reads the shape of an array: "RxC" is that shape, "N" the most nearly
// square one of exactly N elements (10000000 is 3125x3200), as numpy's .size
// counts them. A prime N is 1xN.
func ParseSize(text string) (kernels.Shape, error) {
	if strings.Contains(text, "x") {
		return ParseShape(text)
	}
	n, err := dimension(text)
	if err != nil {
		return kernels.Shape{}, fmt.Errorf("size %q: %w; write RxC for rows and columns, or N for N elements", text, err)
	}
	if n > maxElements {
		return kernels.Shape{}, tooLarge(text, float64(n))
	}
	rows := int64(math.Sqrt(float64(n)))
	for rows*rows > n {
		rows--
	}
	for (rows+1)*(rows+1) <= n {
		rows++
	}
	for n%rows != 0 {
		rows--
	}
	return fit(text, rows, n/rows)
}

// ParseShape reads rows and columns, "RxC".
func ParseShape(text string) (kernels.Shape, error) {
	left, right, _ := strings.Cut(text, "x")
	rows, err := dimension(left)
	if err != nil {
		return kernels.Shape{}, fmt.Errorf("shape %q: rows: %w; write RxC, as 1000x1000", text, err)
	}
	cols, err := dimension(right)
	if err != nil {
		return kernels.Shape{}, fmt.Errorf("shape %q: columns: %w; write RxC, as 1000x1000", text, err)
	}
	if rows > maxElements/cols {
		return kernels.Shape{}, tooLarge(text, float64(rows)*float64(cols))
	}
	return fit(text, rows, cols)
}

func dimension(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case text == "":
		return 0, fmt.Errorf("a number is missing")
	case err != nil && strings.Trim(text, "0123456789") == "":
		return 0, fmt.Errorf("%s is more than can be counted (at most %d)", text, int64(math.MaxInt64))
	case err != nil:
		return 0, fmt.Errorf("%q is not a whole number", text)
	case n <= 0:
		return 0, fmt.Errorf("%d must be positive", n)
	}
	return n, nil
}

func tooLarge(text string, elements float64) error {
	return fmt.Errorf("size %q: one array would take %.3g bytes as float64; at most 2^48 elements (2.25e15 bytes) are accepted", text, 8*elements)
}

// fit returns the shape, unless an int of this machine has no room for it.
func fit(text string, rows, cols int64) (kernels.Shape, error) {
	if rows > math.MaxInt/8/cols {
		return kernels.Shape{}, tooLarge(text, float64(rows)*float64(cols))
	}
	return kernels.Shape{Rows: int(rows), Cols: int(cols)}, nil
}

// Python's --size is a side of the image; numbers up to this one are more likely
// meant so.
const likelySide = 20000

// SizeAdvice is what to tell a user who wrote --size text and got shape: a
// suggestion when text looks like Python's --size, a side, or when it gave a shape
// far from square. It is empty when there is nothing to tell.
func SizeAdvice(text string, shape kernels.Shape) string {
	if strings.Contains(text, "x") {
		return ""
	}
	n := float64(shape.Rows) * float64(shape.Cols)
	long, short := max(shape.Rows, shape.Cols), min(shape.Rows, shape.Cols)
	switch {
	case n <= likelySide:
		return fmt.Sprintf("--size %s is an array of %s elements, %v; for %s rows and columns, as Python's --size %s, write --size %sx%s", text, text, shape, text, text, text, text)
	case long > 4*short:
		side := int64(math.Round(math.Sqrt(n)))
		return fmt.Sprintf("--size %s is an array of %v: %s has no more nearly square factors; for a square of about as many elements write --size %dx%d", text, shape, text, side, side)
	}
	return ""
}
