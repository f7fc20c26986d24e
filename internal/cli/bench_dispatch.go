package cli

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"numcomp/internal/bench"
	"numcomp/internal/job"
	"numcomp/kernels"
)

const dispatchExamples = `Examples:
  numcomp bench dispatch --num-workers 16
  numcomp bench dispatch --num-workers 64 --work-time 1ms
  srun -N 8 --ntasks-per-node 16 numcomp bench dispatch --items 1000000

It is the job itself, with --schedule dynamic and items that take no time: each
is one multiplication, of a number that travels to the rank that takes the item,
and whose result travels back. Latency is that of a whole iteration; the items a
second are all items over the median. "guided" is what the job does unless
--chunk says otherwise. Rank 0 takes items too, and takes an item faster than it
hands one out: Elsewhere is how many items of an iteration the other ranks took.
With --work-time they take most, and no schedule has more than ranks / SECONDS
items a second.`

// dispatchCommand measures how fast items are handed out. It stands here, and not
// in internal/bench, because what it measures is the job.
func (p *process) dispatchCommand() *cli.Command {
	m := newMeasurement("dispatch")
	m.effort.Rounds = 5
	items, chunks, asleep := 100_000, []int{0, 16, 1}, time.Duration(0)
	return command(&cli.Command{
		Name:        "dispatch",
		Usage:       "Measure how many items a second the dynamic schedule hands out.",
		UsageText:   "  numcomp bench dispatch [FLAGS]",
		Description: dispatchExamples,
		Flags: m.flags([]cli.Flag{
			&option{name: "items", group: groupMeasurement, arg: "N", def: strconv.Itoa(items), usage: "number of items of an iteration",
				set: intValue(&items, 1, "a number of items")},
			&option{name: "chunks", group: groupMeasurement, arg: "LIST", def: "guided,16,1", usage: "how many items a rank takes at a time, each a row",
				set: chunksValue(&chunks)},
			&option{name: "work-time", group: groupMeasurement, arg: "SECONDS", def: "0", usage: "let an item take so long, asleep; or 1ms",
				set: workTimeValue(&asleep)},
			&option{name: "rounds", group: groupMeasurement, arg: "N", def: strconv.Itoa(m.effort.Rounds), usage: "measure so many iterations a row, after one to warm up",
				set: intValue(&m.effort.Rounds, 1, "a number of rounds")},
		}),
		Action: p.measure(m, func(ctx context.Context, w world) (bench.Metric, []bench.Row, error) {
			var rows []bench.Row
			for _, chunk := range chunks {
				row, err := dispatch(ctx, w, items, chunk, m.effort.Rounds, asleep)
				if err != nil {
					return bench.Metric{}, nil, err
				}
				rows = append(rows, row)
			}
			return bench.Iteration(), rows, nil
		}),
	})
}

// dispatch is collective: it runs iterations of the job on items that take no time
// but what they sleep. The Row is rank 0's.
func dispatch(ctx context.Context, w world, items, chunk, rounds int, asleep time.Duration) (bench.Row, error) {
	one := kernels.Shape{Rows: 1, Cols: 1}
	cfg := job.Default()
	cfg.Size, cfg.Filter, cfg.Options.Stride = one, one, 1
	cfg.Schedule, cfg.Chunk, cfg.Items = job.Dynamic, chunk, items
	cfg.Burns, cfg.Iterations = 1, rounds
	cfg.WorkTime, cfg.WorkMode = asleep, job.Sleep
	result, err := job.Run(ctx, w.comm, cfg, job.Options{Launcher: w.launcher, Engine: w.engine, Start: w.start, Moved: w.moved, Host: w.host})
	if err != nil {
		return bench.Row{}, err
	}
	defer result.Close()
	var took []time.Duration
	elsewhere := 0.0
	for _, it := range result.Counted() {
		took = append(took, time.Duration(it.Seconds*float64(time.Second)))
		elsewhere += float64(it.ItemsElsewhere)
	}
	row := bench.NewRow(took)
	row.Chunk, row.MessagesMoved, row.BytesMoved = chunk, result.MessagesMoved, result.BytesMoved
	row.ItemsElsewhere = elsewhere / float64(rounds)
	if row.MedianSeconds > 0 {
		row.PerSecond = float64(items) / row.MedianSeconds
	}
	return row, nil
}

// chunksValue takes numbers of items, or "guided", separated by commas.
func chunksValue(dst *[]int) func(string) error {
	return func(value string) error {
		var chunks []int
		for _, word := range strings.Split(value, ",") {
			n, err := strconv.Atoi(word)
			switch {
			case word == "guided":
				n = 0
			case err != nil || n < 1:
				return errors.New("is not a list of chunks: want numbers of items, or guided, such as guided,16,1")
			}
			chunks = append(chunks, n)
		}
		*dst = chunks
		return nil
	}
}
