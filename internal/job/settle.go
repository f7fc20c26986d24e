package job

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"numcomp/comm"
)

// settle is collective: rank 0 reads its input and resolves cfg, and every rank
// learns the plan. Only rank 0 gets the input. If it fails to read, or if there is
// no plan for cfg, all ranks end. A rank that has another Config than rank 0's gets
// the plan all the same, and mine, which is for the next agreement to tell.
func settle(ctx context.Context, c *comm.Comm, cfg Config, load func() (*Input, error)) (plan *Plan, in *Input, mine, err error) {
	var all settled
	var told []byte
	if c.Rank() == 0 {
		in, mine = load()
		if mine == nil {
			all.Asked = cfg
			all.Plan, mine = Resolve(cfg, in)
		}
		if mine != nil {
			all.Failed, all.Kind, all.Error = true, errorKind(mine), mine.Error()
		}
		told = pack(&all)
	}
	if told, err = bcastBytes(ctx, c, told, 0); err != nil {
		return nil, nil, nil, err
	}
	if c.Rank() == 0 {
		if mine != nil {
			return nil, nil, nil, &RankError{Rank: 0, Mine: true, Err: mine}
		}
		return &all.Plan, in, nil, nil
	}
	if err := unpack(told, &all); err != nil {
		return nil, nil, nil, fmt.Errorf("cannot read the plan of rank 0: %w", err)
	}
	if all.Failed {
		return nil, nil, nil, &RankError{Rank: 0, Err: errorOfKind(all.Kind, all.Error)}
	}
	return &all.Plan, nil, cfg.compare(all.Asked), nil
}

// compare says where c differs from rank 0's Config, in the command line's words.
func (c Config) compare(root Config) error {
	if bytes.Equal(pack(&c), pack(&root)) {
		return nil // spelling all of them out takes a rank longer
	}
	var differ []string
	mine, theirs := c.flags(), root.flags()
	for i, f := range mine {
		if a, b := fmt.Sprint(f.value), fmt.Sprint(theirs[i].value); a != b {
			differ = append(differ, fmt.Sprintf("--%s: %s here, %s on rank 0", f.name, a, b))
		}
	}
	if differ == nil {
		return nil
	}
	return usage("started with other flags than rank 0 (%s): start all ranks with the same command", strings.Join(differ, "; "))
}

type flag struct {
	name  string
	value any
}

// flags lists all that a Config says. A test holds it to Config's fields.
func (c Config) flags() []flag {
	o := c.Options
	return []flag{
		{"kernel", c.Kernel}, {"mode", o.Mode}, {"boundary", o.Boundary}, {"fill-value", o.FillValue}, {"stride", o.Stride}, {"compute all", o.ComputeAll}, {"method", o.Method},
		{"dtype", c.DType}, {"size", c.Size}, {"filter", c.Filter}, {"items", c.Items}, {"mem", c.Mem},
		{"input", c.Input}, {"filters", c.Filters}, {"fill", c.Fill}, {"seed", c.Seed},
		{"distribution", c.Distribution}, {"schedule", c.Schedule}, {"chunk", c.Chunk},
		{"iterations", c.Iterations}, {"burns", c.Burns}, {"work-time", c.WorkTime}, {"work-mode", c.WorkMode},
		{"verify", c.Verify}, {"in-place", c.InPlace}, {"output", c.KeepResults},
	}
}
