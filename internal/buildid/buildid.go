package buildid

import (
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Version is the release that this source tree becomes.
const Version = "0.1.0-dev"

// noteSection is where the Go linker leaves its build id: a hash over all that
// went into the program, so it differs between builds that behave differently
// even when neither knows its revision.
const noteSection = ".note.go.buildid"

// Running names the build of the running program as "VERSION+HASH".
func Running() (string, error) { return File("/proc/self/exe") }

// File names the build of the Go program at path as "VERSION+HASH", where
// VERSION is this program's.
func File(path string) (string, error) {
	f, err := elf.Open(path)
	if err != nil {
		return "", fmt.Errorf("buildid: %w", err)
	}
	defer f.Close()
	s := f.Section(noteSection)
	if s == nil {
		return "", fmt.Errorf("buildid: %s has no section %s", path, noteSection)
	}
	note, err := s.Data()
	if err != nil {
		return "", fmt.Errorf("buildid: %s: %w", path, err)
	}
	id, err := parseNote(note, f)
	if err != nil {
		return "", fmt.Errorf("buildid: %s: %w", path, err)
	}
	return Version + "+" + short(id), nil
}

// parseNote reads an ELF note: sizes of name and description, a type, then
// "Go\x00\x00" and the id.
func parseNote(note []byte, f *elf.File) (string, error) {
	const header, name = 12, 4
	if len(note) < header+name {
		return "", errors.New("short build id note")
	}
	nameSize, idSize := f.ByteOrder.Uint32(note), f.ByteOrder.Uint32(note[4:])
	if nameSize != name || string(note[header:header+name]) != "Go\x00\x00" {
		return "", errors.New("build id note of another linker")
	}
	id := note[header+name:]
	if uint64(idSize) > uint64(len(id)) || idSize == 0 {
		return "", errors.New("truncated build id note")
	}
	return strings.TrimRight(string(id[:idSize]), "\x00"), nil
}

func short(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:6])
}
