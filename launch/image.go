package launch

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
)

// image is this program's file, to be copied to other hosts.
type image struct {
	path string
	size int64
	sum  string // SHA-256, hexadecimal
}

func newImage(path string) (image, error) {
	f, err := os.Open(path)
	if err != nil {
		return image{}, fmt.Errorf("this program's own file: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil {
		return image{}, fmt.Errorf("this program's own file: %w", err)
	}
	return image{path, n, hex.EncodeToString(h.Sum(nil))}, nil
}

// copyTo writes the file.
func (m image) copyTo(w io.Writer) error {
	f, err := os.Open(m.path)
	if err != nil {
		return err
	}
	defer f.Close()
	if n, err := io.Copy(w, io.LimitReader(f, m.size)); err != nil || n < m.size {
		return fmt.Errorf("copied %d of %d bytes: %w", n, m.size, orEOF(err))
	}
	return nil
}

func orEOF(err error) error {
	if err == nil {
		return io.ErrUnexpectedEOF
	}
	return err
}
