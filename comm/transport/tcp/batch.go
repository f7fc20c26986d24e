package tcp

const (
	scratchLen = 4 << 10
	// inlineLimit is the payload, in bytes, up to which copying it beside its
	// header costs less than another part of a writev.
	inlineLimit = 1 << 10
	// maxParts and batchLimit bound one system call.
	maxParts   = 64
	batchLimit = 512 << 10
)

// batch is what one round of writing sends: headers and short payloads from
// scratch, the rest from where it lies. While a link has nothing to write it has
// no batch.
type batch struct {
	parts [][]byte // what is left to write
	bytes int
	ends  []*request // they end when all is written

	stream *request // whose piece this batch holds, if any
	piece  int

	scratch [scratchLen]byte
	used    int
	open    int // where the last part begins in scratch; -1 if it lies elsewhere
	room    [maxParts][]byte
}

func (t *Transport) getBatch() *batch {
	b, _ := t.batches.Get().(*batch)
	if b == nil {
		b = &batch{}
	}
	b.parts, b.open = b.room[:0], -1
	return b
}

func (t *Transport) putBatch(b *batch) {
	clear(b.room[:])
	clear(b.ends)
	b.parts, b.bytes, b.ends, b.stream, b.used = nil, 0, b.ends[:0], nil, 0
	t.batches.Put(b)
}

// fits reports whether another frame with n bytes of payload may join and leave
// room for a piece of a stream.
func (b *batch) fits(n int) bool {
	need := 2 * headerLen
	if n <= inlineLimit {
		need += n
	}
	return b.used+need <= scratchLen && len(b.parts)+4 <= maxParts && (b.bytes == 0 || b.bytes+n <= batchLimit)
}

func (b *batch) add(h header, payload []byte) {
	from := b.used
	putHeader(b.scratch[from:], h)
	b.used += headerLen
	short := len(payload) <= min(inlineLimit, scratchLen-b.used)
	if short {
		b.used += copy(b.scratch[b.used:], payload)
	}
	if b.open >= 0 {
		b.parts[len(b.parts)-1] = b.scratch[b.open:b.used]
	} else {
		b.open = from
		b.parts = append(b.parts, b.scratch[from:b.used])
	}
	if !short {
		b.parts = append(b.parts, payload)
		b.open = -1
	}
	b.bytes += headerLen + len(payload)
}

// wrote takes n bytes off the front.
func (b *batch) wrote(n int) {
	for n > 0 {
		if n < len(b.parts[0]) {
			b.parts[0] = b.parts[0][n:]
			return
		}
		n -= len(b.parts[0])
		b.parts = b.parts[1:]
	}
}

// fail ends the requests of a batch that will not be written.
func (b *batch) fail(err error) {
	for _, r := range b.ends {
		r.end(0, err)
	}
	if b.stream != nil {
		b.stream.end(0, err)
	}
}
