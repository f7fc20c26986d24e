package cli

import (
	"numcomp/internal/job"
	"numcomp/internal/mapped"
	"numcomp/internal/npy"
	"numcomp/internal/sysmem"
)

// readStack reads an array into mapped memory, which free gives back.
func readStack(path, host string) (stack *job.Stack, free func(), err error) {
	f, err := npy.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	const float64Bytes = 8
	need := int64(f.Len()) * float64Bytes
	if memory, err := sysmem.Available(); err == nil && need > memory.Bytes {
		return nil, nil, &job.MemoryError{Host: host, Needed: need, Available: memory.Bytes, Source: memory.Source, Parts: path + " as float64",
			Advice: "run it where rank 0 has more, or cut the file into parts"}
	}
	data, free, err := mapped.Alloc[float64](f.Len())
	if err != nil {
		return nil, nil, err
	}
	if err := npy.ReadInto(f, data); err != nil {
		free()
		return nil, nil, err
	}
	return &job.Stack{Shape: f.Shape, Data: data}, free, nil
}
