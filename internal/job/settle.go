package job

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"numcomp/comm"
)

// settle is collective: rank 0 reads its input and resolves cfg, and every rank
// learns the plan. Only rank 0 gets the input. Failing to read, a Config that
// cannot be, and a rank with another Config than rank 0's end all ranks.
func settle(ctx context.Context, c *comm.Comm, cfg Config, load func() (*Input, error)) (*Plan, *Input, error) {
	var in *Input
	// Asked is rank 0's cfg: the plan's Config has choices settled.
	var all struct {
		Asked Config
		Plan  Plan
	}
	if c.Rank() == 0 {
		var err error
		if load != nil {
			in, err = load()
		}
		if err == nil {
			all.Asked = cfg
			all.Plan, err = Resolve(cfg, in)
		}
		if err := agree(ctx, c, err); err != nil {
			return nil, nil, err
		}
	} else if err := agree(ctx, c, nil); err != nil {
		return nil, nil, err
	}

	var text []byte
	if c.Rank() == 0 {
		var err error
		if text, err = json.Marshal(all); err != nil {
			return nil, nil, err
		}
	}
	text, err := bcastBytes(ctx, c, text, 0)
	if err != nil {
		return nil, nil, err
	}
	if c.Rank() != 0 {
		if err = json.Unmarshal(text, &all); err != nil {
			err = fmt.Errorf("cannot read the plan of rank 0: %w", err)
		} else {
			err = cfg.compare(all.Asked)
		}
	}
	if err := agree(ctx, c, err); err != nil {
		return nil, nil, err
	}
	return &all.Plan, in, nil
}

// compare says where c differs from rank 0's Config, in the command line's words.
func (c Config) compare(root Config) error {
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
		{"kernel", c.Kernel}, {"mode", o.Mode}, {"boundary", o.Boundary}, {"fill-value", o.FillValue}, {"stride", o.Stride}, {"compute all", o.ComputeAll},
		{"dtype", c.DType}, {"size", c.Size}, {"filter", c.Filter}, {"items", c.Items}, {"mem", c.Mem},
		{"input", c.Input}, {"filters", c.Filters}, {"fill", c.Fill}, {"seed", c.Seed},
		{"distribution", c.Distribution}, {"schedule", c.Schedule}, {"chunk", c.Chunk},
		{"iterations", c.Iterations}, {"burns", c.Burns}, {"work-time", c.WorkTime}, {"work-mode", c.WorkMode},
		{"verify", c.Verify}, {"output", c.KeepResults},
	}
}
