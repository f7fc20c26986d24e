package rendezvous

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"numcomp/internal/pmiwire"
)

// File is the Store for ranks of one node whose launcher offers no other: a
// folder that only this user can enter, one file a key. Get waits for a key.
// Commit does nothing: a value is visible as soon as it is put.
type File struct {
	dir  string
	made []string
}

// OpenFile uses the folder numcomp-JOB in parent, and makes it if it is not
// there. job names this job and no other, so that what a killed job left behind
// is not taken for its values. parent may be open to others: the folder itself
// must belong to this user and be closed to everybody else.
func OpenFile(parent, job string) (*File, error) {
	if job == "" || strings.ContainsAny(job, "/\x00") {
		return nil, fmt.Errorf("rendezvous folder: %q cannot name a job", job)
	}
	f := &File{dir: filepath.Join(parent, "numcomp-"+job)}
	if err := f.mkdir(); err != nil {
		return nil, err
	}
	return f, nil
}

func (f *File) mkdir() error {
	if err := os.Mkdir(f.dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("rendezvous folder: %w", err)
	}
	info, err := os.Lstat(f.dir)
	if err != nil {
		return fmt.Errorf("rendezvous folder: %w", err)
	}
	switch st, ok := info.Sys().(*syscall.Stat_t); {
	case !info.IsDir():
		return fmt.Errorf("rendezvous folder %s is not a folder", f.dir)
	case ok && int(st.Uid) != os.Geteuid():
		return fmt.Errorf("rendezvous folder %s belongs to uid %d, not to this user (uid %d)", f.dir, st.Uid, os.Geteuid())
	case info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("rendezvous folder %s has mode %04o: others can reach it; remove it, numcomp makes it anew", f.dir, info.Mode().Perm())
	}
	return nil
}

// Put writes a file aside and links it into place, so that a reader sees a
// whole value or none, and a second process that puts the same key is noticed.
func (f *File) Put(ctx context.Context, key, value string) error {
	if err := checkPair(key, value); err != nil {
		return err
	}
	path := filepath.Join(f.dir, escape(key))
	if err := f.put(path, value); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("rendezvous folder: %s is there already: two processes claim one rank, or an earlier job left %s behind", key, f.dir)
		}
		return fmt.Errorf("rendezvous folder: put %s: %w", key, err)
	}
	f.made = append(f.made, path)
	return nil
}

func (f *File) put(path, value string) error {
	temp, err := os.CreateTemp(f.dir, ".put-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	_, err = temp.WriteString(value)
	if err = errors.Join(err, temp.Close()); err != nil {
		return err
	}
	err = os.Link(temp.Name(), path)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return os.Rename(temp.Name(), path) // a file system without links
	}
	return err
}

// Commit does nothing.
func (f *File) Commit(context.Context) error { return nil }

// Get waits until key is there. It looks again after 2 ms, then less and less
// often, at last every 100 ms.
func (f *File) Get(ctx context.Context, key string) (string, error) {
	if err := pmiwire.CheckKey(key); err != nil {
		return "", err
	}
	path := filepath.Join(f.dir, escape(key))
	for wait := 2 * time.Millisecond; ; wait = min(2*wait, 100*time.Millisecond) {
		value, err := os.ReadFile(path)
		if err == nil {
			return string(value), nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("rendezvous folder: get %s: %w", key, err)
		}
		if err := pause(ctx, wait); err != nil {
			return "", fmt.Errorf("rendezvous folder %s: %s was not put: %w", f.dir, key, err)
		}
	}
}

// Close removes what this process put, and the folder if it was the last.
func (f *File) Close() error {
	var errs []error
	for _, path := range f.made {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	f.made = nil
	// Another rank's values keep the folder there: the last one removes it.
	if err := os.Remove(f.dir); err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTEMPTY) && !errors.Is(err, fs.ErrExist) {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// escape makes key a file name: no folder separators, no leading dot.
func escape(key string) string {
	return "key-" + strings.NewReplacer("%", "%25", "/", "%2F").Replace(key)
}

// pause waits for d or the end of ctx, whose cause it returns.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
