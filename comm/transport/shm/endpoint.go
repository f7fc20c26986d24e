package shm

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"os"
)

// Memory is how the other ranks find a rank's mailbox. The zero Memory is none.
type Memory struct {
	FD    int    // the descriptor of the mailbox in the rank's process; 0: there is none
	Nonce uint64 // what the mailbox's first word must be
	Space uint64 // equal for processes that can name each other's descriptors
}

// Endpoint is a process's mailbox, there before the process knows who the others
// are.
type Endpoint struct {
	memory Memory
	box    *mailbox
	bell   *doorbell
}

// Open makes this process's mailbox. An error says why memory cannot be shared
// here.
func Open() (*Endpoint, error) {
	var nonce [8]byte
	if _, err := rand.Read(nonce[:]); err != nil {
		return nil, err
	}
	in, err := space()
	if err != nil {
		return nil, err
	}
	bell, err := newDoorbell()
	if err != nil {
		return nil, err
	}
	fd, mem, err := newMemory("numcomp-mailbox", mailboxSize)
	if err != nil {
		bell.close()
		return nil, err
	}
	e := &Endpoint{
		memory: Memory{FD: fd, Nonce: binary.NativeEndian.Uint64(nonce[:]), Space: in},
		box:    newMailbox(mem), bell: bell,
	}
	e.box.nonce, e.box.doorbell = e.memory.Nonce, uint64(bell.wakeFD)
	// What this process cannot do with its own mailbox, others cannot either.
	again, err := openMailbox(os.Getpid(), e.memory)
	if err != nil {
		e.Close()
		return nil, err
	}
	unmap(again.mem)
	letOthersRead()
	return e, nil
}

// Memory is what to tell the other ranks.
func (e *Endpoint) Memory() Memory { return e.memory }

// Close gives the mailbox back, after the Transport's Close. Ranks that have
// mapped it keep what is in it.
func (e *Endpoint) Close() {
	unmap(e.box.mem)
	closeFD(e.memory.FD)
	e.bell.close()
}

// openMailbox maps the mailbox of process pid, which must be the one that m tells
// of.
func openMailbox(pid int, m Memory) (*mailbox, error) {
	mem, err := mapMemory(pid, m.FD, mailboxSize, true)
	if err != nil {
		return nil, err
	}
	box := newMailbox(mem)
	if box.nonce != m.Nonce {
		unmap(mem)
		return nil, fmt.Errorf("process %d here is another one than the rank: its memory has another nonce", pid)
	}
	return box, nil
}
