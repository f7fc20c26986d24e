package buildid

import (
	"encoding/binary"
	"errors"
)

// Where things stand in a 64-bit ELF file, and in its notes: System V ABI, chapters
// 4 and 5. Package debug/elf reads the tables of sections too, at the far end of the
// file, and brings DWARF and zlib with it.
const (
	identClass, class64     = 4, 2
	identData, littleEndian = 5, 1

	headerBytes   = 64
	headerPhoff   = 32 // 8 bytes
	headerPhsize  = 54 // 2 bytes
	headerPhcount = 56 // 2 bytes

	programBytes    = 56
	programType     = 0  // 4 bytes
	programOffset   = 8  // 8 bytes
	programFilesize = 32 // 8 bytes
	typeNote        = 4

	noteBytes   = 12 // sizes of name and description, type: 4 bytes each
	noteBuildID = 4  // type of the note named "Go"
)

// goBuildID finds the note of Go's linker in the first bytes of a program.
func goBuildID(head []byte) ([]byte, error) {
	if len(head) < headerBytes || string(head[:4]) != "\x7fELF" || head[identClass] != class64 {
		return nil, errors.New("not a 64-bit ELF program")
	}
	var order binary.ByteOrder = binary.BigEndian
	if head[identData] == littleEndian {
		order = binary.LittleEndian
	}
	programs := from(head, order.Uint64(head[headerPhoff:]))
	size := int(order.Uint16(head[headerPhsize:]))
	if size < programBytes {
		return nil, errNoBuildID
	}
	for range order.Uint16(head[headerPhcount:]) {
		if len(programs) < size {
			break
		}
		if order.Uint32(programs[programType:]) == typeNote {
			notes := from(head, order.Uint64(programs[programOffset:]))
			notes = notes[:min(order.Uint64(programs[programFilesize:]), uint64(len(notes)))]
			if id := goNote(notes, order); id != nil {
				return id, nil
			}
		}
		programs = programs[size:]
	}
	return nil, errNoBuildID
}

// goNote is the description of the note named "Go"; nil: there is none.
func goNote(notes []byte, order binary.ByteOrder) []byte {
	for len(notes) >= noteBytes {
		nameSize, size := uint64(order.Uint32(notes)), uint64(order.Uint32(notes[4:]))
		kind := order.Uint32(notes[8:])
		notes = notes[noteBytes:]
		name := notes[:min(nameSize, uint64(len(notes)))]
		notes = from(notes, padded(nameSize))
		if size > uint64(len(notes)) {
			return nil
		}
		if kind == noteBuildID && string(name) == "Go\x00\x00" && size > 0 {
			return notes[:size]
		}
		notes = from(notes, padded(size))
	}
	return nil
}

func from(b []byte, offset uint64) []byte { return b[min(offset, uint64(len(b))):] }

func padded(n uint64) uint64 { return (n + 3) &^ 3 }
