package job

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"

	"numcomp/kernels"
)

// hash is the SHA-256 of values as little-endian bytes, in hexadecimal.
func hash[T kernels.Float](values []T) string {
	h := sha256.New()
	buf := make([]byte, 0, 64<<10)
	for _, v := range values {
		switch v := any(v).(type) {
		case float32:
			buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(v))
		case float64:
			buf = binary.LittleEndian.AppendUint64(buf, math.Float64bits(v))
		}
		if len(buf) > cap(buf)-8 {
			h.Write(buf)
			buf = buf[:0]
		}
	}
	h.Write(buf)
	return hex.EncodeToString(h.Sum(nil))
}
