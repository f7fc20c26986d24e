package report

import (
	"encoding/json"
	"math"
	"strconv"
)

// Number is a float64 that may be NaN or infinite: JSON has no such numbers, and
// then gets a text, "NaN", "+Inf" or "-Inf".
type Number float64

// MarshalJSON writes n as a number, or as a text if it is not finite.
func (n Number) MarshalJSON() ([]byte, error) {
	if f := float64(n); math.IsNaN(f) || math.IsInf(f, 0) {
		return []byte(strconv.Quote(strconv.FormatFloat(f, 'f', -1, 64))), nil
	}
	return json.Marshal(float64(n))
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (n *Number) UnmarshalJSON(text []byte) error {
	s := string(text)
	if t, err := strconv.Unquote(s); err == nil {
		s = t
	}
	f, err := strconv.ParseFloat(s, 64)
	*n = Number(f)
	return err
}
