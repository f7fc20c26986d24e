package userkey

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Size is the length of a key in bytes.
const Size = 32

// LoadOrCreate reads the key in the file at path, or makes the file, and its
// folder, with a new random key. Processes that make it at the same time agree
// on one key. The file must be a regular file of this user that nobody else can
// read or write.
func LoadOrCreate(path string) ([Size]byte, error) {
	key, err := load(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if err := create(path); err != nil {
		return key, fmt.Errorf("key file: %w", err)
	}
	return load(path)
}

func load(path string) (key [Size]byte, err error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return key, fmt.Errorf("key file: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return key, fmt.Errorf("key file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return key, fmt.Errorf("key file %s is not a regular file", path)
	}
	if perm := info.Mode().Perm(); perm&0o077 != 0 {
		return key, fmt.Errorf("key file %s has mode %04o: others can reach it; run chmod 600 %s, or delete it to have a new one made", path, perm, path)
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && int(st.Uid) != os.Geteuid() {
		return key, fmt.Errorf("key file %s belongs to uid %d, not to this user (uid %d)", path, st.Uid, os.Geteuid())
	}
	var buf [2*Size + 2]byte
	n, err := f.Read(buf[:])
	if err != nil {
		return key, fmt.Errorf("key file %s: %w", path, err)
	}
	raw, err := hex.DecodeString(strings.TrimSpace(string(buf[:n])))
	if err != nil || len(raw) != Size {
		return key, fmt.Errorf("key file %s does not hold %d bytes in hexadecimal; delete it to have a new one made", path, Size)
	}
	copy(key[:], raw)
	return key, nil
}

// create writes a complete file beside path and links it into place, so that no
// process ever reads a half-written key and the first one wins.
func create(path string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".key-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	var raw [Size]byte
	rand.Read(raw[:])
	_, err = fmt.Fprintln(f, hex.EncodeToString(raw[:]))
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
