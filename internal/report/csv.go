package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"reflect"
	"strconv"

	"numcomp/internal/job"
)

// CSV writes a header and a row for every iteration, the burns included. The
// columns are the fields of the JSON's iterations, with the same names, units and
// exactness.
func CSV(w io.Writer, r *job.Result) error {
	out := csv.NewWriter(w)
	columns := reflect.TypeFor[Row]()
	header := make([]string, columns.NumField())
	for i := range header {
		header[i] = columns.Field(i).Tag.Get("json")
	}
	// Write's errors come back from Error.
	_ = out.Write(header)
	for _, it := range r.Iterations {
		row := reflect.ValueOf(newRow(it))
		cells := make([]string, len(header))
		for i := range cells {
			cells[i] = cell(row.Field(i).Interface())
		}
		_ = out.Write(cells)
	}
	out.Flush()
	return out.Error()
}

// cell writes a value; a float64 by its shortest text that reads back the same.
func cell(v any) string {
	if f, ok := v.(float64); ok {
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return fmt.Sprint(v)
}
