package cli

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"numcomp/comm"
	"numcomp/internal/bench"
	"numcomp/internal/sysmem"
)

// collectiveCommand measures one collective operation.
func (p *process) collectiveCommand(k bench.Collective) *cli.Command {
	m := newMeasurement(k.Name)
	m.element = k.Element
	var inPlace bool
	var own []cli.Flag
	if names := algorithmNames(k.Name); len(names) > 0 {
		own = append(own, m.algorithmFlag(names))
	}
	if k.InPlace != nil {
		own = append(own, &option{name: "in-place", group: groupMeasurement, set: toggle(&inPlace),
			usage: "rank 0 has produced the block in the array that its node reads, and copies nothing"})
	}
	return command(&cli.Command{
		Name:        k.Name,
		Usage:       "Measure " + k.Usage + ".",
		UsageText:   "  numcomp bench " + k.Name + " [FLAGS]",
		Description: fmt.Sprintf(collectiveExamples, k.Name),
		Flags:       m.flags(m.sizeFlags(k.Element, 1<<20, k.Block), m.effortFlags(), own),
		Action: p.measure(m, func(ctx context.Context, w world) (bench.Metric, []bench.Row, error) {
			c := w.comm
			if m.algorithm != "" {
				var err error
				if c, err = c.WithAlgorithm(k.Name, m.algorithm); err != nil {
					return bench.Metric{}, nil, err
				}
			}
			k := k
			if inPlace {
				k = k.InPlace()
				m.name = k.Name
			}
			sizes, err := p.thatFit(ctx, m, w, k)
			if err != nil {
				return bench.Metric{}, nil, err
			}
			return k.Run(ctx, c, sizes, m.effort)
		}),
	})
}

const collectiveExamples = `Examples:
  numcomp bench %[1]s --num-workers 4
  mpirun -np 16 numcomp bench %[1]s --sizes 8KiB,1MiB --json -

Latency is the completion time: from the first rank leaving a barrier to the
last rank having its data, the median. It takes one clock; where the ranks'
machines have clocks of their own, it is rank 0's time until it has left a
further barrier, and the line above the table says bracket.`

// algorithmNames are those of a collective.
func algorithmNames(collective string) (names []string) {
	for _, a := range comm.Algorithms() {
		if a.Collective == collective {
			names = append(names, a.Name)
		}
	}
	return names
}

// thatFit is collective: it returns the sizes whose buffers rank 0's node has
// memory for, the same on all ranks. Sizes that were asked for must fit; of the
// others rank 0 says that they are left out.
func (p *process) thatFit(ctx context.Context, m *measurement, w world, k bench.Collective) ([]int, error) {
	c := w.comm
	room := []int64{-1} // bytes; -1: not known
	if c.Rank() == 0 {
		if memory, err := sysmem.Available(); err == nil {
			room[0] = memory.Bytes
		}
	}
	if err := comm.Bcast(ctx, c, room, 0); err != nil {
		return nil, err
	}
	sizes := m.series()
	for i, n := range sizes {
		need := int64(0)
		for r := range c.Size() {
			if c.Member(r).Node == c.Member(0).Node {
				need += int64(k.Memory(n, r, c.Size()))
			}
		}
		if room[0] < 0 || need <= room[0] {
			continue
		}
		if m.asked {
			return nil, m.everywhere(w, usagef("size %d: the buffers of %s take %d bytes on rank 0's machine, which has %d left", n, k.Name, need, room[0]).
				withHint("measure smaller sizes, or fewer ranks"))
		}
		if c.Rank() == 0 {
			fmt.Fprintf(p.stderr, "numcomp: sizes from %d are left out: their buffers take %d bytes or more on this machine, which has %d left\n", n, need, room[0])
		}
		return sizes[:i], nil
	}
	return sizes, nil
}
