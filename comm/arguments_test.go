package comm

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"numcomp/comm/transport"
	"numcomp/comm/transport/mem"
	"numcomp/comm/transport/wrap"
)

// Arguments that cannot be right are errors before any byte moves: no rank but
// this one takes part, and nothing is sent or waited for.
func TestBadArguments(t *testing.T) {
	ranks := mem.NewWorld(3)
	counter := wrap.Count(ranks[1])
	c, err := NewWorld(counter, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	p := make([]int64, 12)
	sum := Sum[int64]()
	beyond := transport.MaxTag
	beyond++ // where int has 32 bits it is negative: no tag either
	second := func(_ any, err error) error { return err }
	for name, bad := range map[string]struct {
		err  error
		want string
	}{
		"send rank":           {Send(ctx, c, 3, 1, p), "rank 3: rank is outside the world of 3"},
		"send negative rank":  {Send(ctx, c, -1, 1, p), "rank -1: rank is outside the world of 3"},
		"send tag":            {Send(ctx, c, 0, -1, p), "tag -1 is outside [0, 2147483647]"},
		"recv tag":            {second(Recv(ctx, c, 0, beyond, p)), "is outside [0, 2147483647]"},
		"recv rank":           {Wait(ctx, Irecv(c, 7, 1, p)), "rank 7: rank is outside"},
		"sendrecv overlap":    {second(Sendrecv(ctx, c, 0, 1, p[:4], 0, 1, p[3:])), "the buffers overlap"},
		"sendrecv recv rank":  {second(Sendrecv(ctx, c, 0, 1, p[:4], 5, 1, p[4:])), "rank 5: rank is outside"},
		"bcast root":          {Bcast(ctx, c, p, 3), "root 3 is outside the communicator of 3 ranks"},
		"gather root":         {Gather(ctx, c, p[:1], p, -1), "root -1 is outside"},
		"gather recv":         {Gather(ctx, c, p[:1], make([]int64, 4), 1), "recv has 4 elements, want 1 for each of 3 ranks"},
		"gather overlap":      {Gather(ctx, c, p[:4], p, 1), "the buffers overlap"},
		"gatherv counts":      {Gatherv(ctx, c, p[:1], p, []int{1, 1}, nil, 1), "recv: 2 counts for 3 ranks"},
		"gatherv displs":      {Gatherv(ctx, c, p[:1], p, []int{1, 1, 1}, []int{0, 1}, 1), "recv: 2 displacements for 3 ranks"},
		"gatherv negative":    {Gatherv(ctx, c, p[:1], p, []int{1, 1, -1}, nil, 1), "rank 2: count -1, displacement 2: must not be negative"},
		"gatherv beyond":      {Gatherv(ctx, c, make([]int64, 6), p, []int{6, 6, 1}, nil, 1), "rank 2: 1 elements at 12 do not fit the buffer of 12"},
		"gatherv huge":        {Gatherv(ctx, c, p[:1], p, []int{1, 1, math.MaxInt}, []int{0, 1, 5}, 1), "do not fit the buffer of 12"},
		"gatherv blocks":      {Gatherv(ctx, c, make([]int64, 2), p, []int{2, 2, 2}, []int{4, 0, 5}, 1), "the blocks of ranks 0 and 2 overlap"},
		"gatherv own":         {Gatherv(ctx, c, p[:3], make([]int64, 9), []int{2, 2, 2}, nil, 1), "rank 1 has 24 bytes for its own block of 16"},
		"scatter send":        {Scatter(ctx, c, p, make([]int64, 5), 1), "send has 12 elements, want 5 for each of 3 ranks"},
		"scatter overlap":     {Scatter(ctx, c, p, p[:4], 1), "the buffers overlap"},
		"scatterv beyond":     {Scatterv(ctx, c, p, []int{5, 5, 5}, nil, make([]int64, 5), 1), "rank 2: 5 elements at 10 do not fit"},
		"allgather recv":      {Allgather(ctx, c, p[:5], make([]int64, 14)), "recv has 14 elements, want 5 for each of 3 ranks"},
		"allgatherv own":      {Allgatherv(ctx, c, p[:5], make([]int64, 14), []int{1, 2, 3}, nil), "its own block of 16"},
		"alltoall lengths":    {Alltoall(ctx, c, p, make([]int64, 9)), "send has 12 elements, recv 9"},
		"alltoall multiple":   {Alltoall(ctx, c, p[:10], make([]int64, 10)), "want the same multiple of 3 ranks"},
		"alltoall overlap":    {Alltoall(ctx, c, p, p), "the buffers overlap"},
		"alltoallv own":       {Alltoallv(ctx, c, p, []int{1, 2, 1}, nil, make([]int64, 4), []int{1, 1, 1}, nil), "sends itself 16 bytes and expects 8"},
		"alltoallv recv":      {Alltoallv(ctx, c, p, []int{1, 2, 1}, nil, make([]int64, 4), []int{1, 2, 2}, nil), "recv: rank 2: 2 elements at 3 do not fit"},
		"reduce root":         {Reduce(ctx, c, p, p, sum, 9), "root 9 is outside"},
		"reduce recv":         {Reduce(ctx, c, p, p[:3], sum, 1), "send has 12 elements, recv 3: want the same"},
		"reduce op":           {Reduce(ctx, c, p, p, Op[int64]{}, 1), "no operation"},
		"allreduce overlap":   {Allreduce(ctx, c, p[:6], p[1:7], sum), "the buffers overlap"},
		"allreduce recv":      {Allreduce(ctx, c, p, p[:6], sum), "send has 12 elements, recv 6"},
		"reduce-scatter sum":  {ReduceScatter(ctx, c, p, make([]int64, 4), []int{4, 4, 3}, sum), "send has 12 elements, the counts' sum is 11"},
		"reduce-scatter recv": {ReduceScatter(ctx, c, p, make([]int64, 3), []int{4, 4, 4}, sum), "for its own block of 32"},
		"scan recv":           {Scan(ctx, c, p, p[:2], sum), "send has 12 elements, recv 2"},
		"exscan recv":         {Exscan(ctx, c, p, p[:2], sum), "send has 12 elements, recv 2"},
		"algorithm":           {second(c.WithAlgorithm("bcast", "magic")), `there is no algorithm "magic"`},
	} {
		if bad.err == nil || !strings.Contains(bad.err.Error(), bad.want) {
			t.Errorf("%s: error is %v, want it to say %q", name, bad.err, bad.want)
			continue
		}
		var detail *Error
		if !errors.As(bad.err, &detail) || detail.Peer != -1 || detail.Rank != 1 {
			t.Errorf("%s: %#v", name, bad.err)
		}
	}
	forced, err := c.WithAlgorithm("reduce-scatter", "halving")
	if err != nil {
		t.Fatal(err)
	}
	if err := ReduceScatter(ctx, forced, make([]uint64, 3), make([]uint64, 1), []int{1, 1, 1}, affine()); err == nil || !strings.Contains(err.Error(), "affine does not") {
		t.Errorf("halving with an operation that does not commute: %v", err)
	}
	if messages, _ := counter.Total(); messages != 0 {
		t.Errorf("%d messages were sent", messages)
	}
}

func TestNewWorld(t *testing.T) {
	ranks := mem.NewWorld(2)
	if _, err := NewWorld(nil, nil); err == nil {
		t.Error("no transport: no error")
	}
	if _, err := NewWorld(ranks[0], make(transport.List[Member], 3)); err == nil || !strings.Contains(err.Error(), "3 members for 2 ranks") {
		t.Errorf("three members: %v", err)
	}
	c, err := NewWorld(ranks[1], transport.List[Member]{{}, {Host: "n2", Node: 1, PID: 7}})
	if err != nil || c.Rank() != 1 || c.Size() != 2 || c.Transport() != ranks[1] || c.Member(1).PID != 7 {
		t.Errorf("%+v, %v", c, err)
	}
}
