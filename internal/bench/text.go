package bench

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"numcomp/internal/words"
)

// column is one of a table.
type column struct {
	head string
	cell func(Row) string
}

func whole(head string, of func(Row) int) column {
	return column{head, func(r Row) string { return strconv.Itoa(of(r)) }}
}

// scaled is a column of numbers times scale.
func scaled(head string, decimals int, scale float64, of func(Row) float64) column {
	return column{head, func(r Row) string { return strconv.FormatFloat(of(r)*scale, 'f', decimals, 64) }}
}

// columns are those of the tables, by what rows are of.
func columns(r Report) []column {
	least := scaled("Min [us]", 2, 1e6, func(r Row) float64 { return r.MinSeconds })
	median := scaled("Latency [us]", 2, 1e6, func(r Row) float64 { return r.MedianSeconds })
	most := scaled("P99 [us]", 2, 1e6, func(r Row) float64 { return r.P99Seconds })
	speed := scaled("Bandwidth [MB/s]", 2, 1e-6, func(r Row) float64 { return r.BytesPerSecond })
	size := whole("Size [B]", func(r Row) int { return r.Bytes })
	rounds := whole("Rounds", func(r Row) int { return r.Rounds })
	switch r.Metric {
	case halfRoundTrip().Name:
		return []column{size, median, least, most, speed, rounds}
	case window().Name:
		return []column{size, speed, scaled("Messages/s", 0, 1, func(r Row) float64 { return r.PerSecond }), median, least, most, rounds}
	case interval().Name:
		return []column{whole("Ranks", func(Row) int { return r.World.Size }), median, least, most, rounds}
	case Iteration().Name:
		chunk := column{"Chunk", func(r Row) string {
			if r.Chunk == 0 {
				return "guided"
			}
			return strconv.Itoa(r.Chunk)
		}}
		return []column{chunk, scaled("Items/s", 0, 1, func(r Row) float64 { return r.PerSecond }),
			scaled("Elsewhere", 0, 1, func(r Row) float64 { return r.ItemsElsewhere }), scaled("Messages", 0, 1, func(r Row) float64 { return r.MessagesMoved }), median, least, most, rounds}
	case Phases().Name:
		median.head = "Median [us]"
		return []column{{"Phase", func(r Row) string { return r.Phase }}, median, least, most, rounds}
	}
	return []column{size, median, least, most, rounds}
}

// Text writes r as a table, for people: lines that begin with # say what was
// measured, then there are a heading and a line a row.
func (r Report) Text(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# numcomp bench %s: %s on %s, %s, started by %s, engine %s, transport %s\n", r.Benchmark,
		words.Count(r.World.Size, "rank"), words.Count(r.World.Nodes, "node"), words.Count(r.World.CPUs, "CPU"), r.World.Launcher, r.World.Engine, r.World.Transport)
	if r.World.Algorithm != "" {
		fmt.Fprintf(&b, "# Algorithm: %s\n", r.World.Algorithm)
	}
	fmt.Fprintf(&b, "# %s: %s\n", r.Metric, r.text)
	table := columns(r)
	line := func(cell func(column) string) {
		cells := make([]string, len(table))
		for i, c := range table {
			cells[i] = fmt.Sprintf("%*s", max(12, len(c.head)), cell(c))
		}
		b.WriteString(strings.Join(cells, "  ") + "\n")
	}
	line(func(c column) string { return c.head })
	for _, row := range r.Rows {
		line(func(c column) string { return c.cell(row) })
	}
	_, err := io.WriteString(w, b.String())
	return err
}
