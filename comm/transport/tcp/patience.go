package tcp

import (
	"errors"
	"os"
	"time"
)

// A rank whose process is stopped, by a debugger or because its job is
// suspended, takes no more bytes, but its kernel answers: that is no loss,
// however long it lasts. TCP_USER_TIMEOUT counts it as one, so it is lifted while
// a write is held up and all that was sent has been acknowledged. Should the node
// die then, the control tree tells.

// writePatiently writes the batch and waits for the socket as long as it takes.
// Only who has set writing calls it, without l.mu.
func (l *link) writePatiently() error {
	lifted := false
	for {
		err := l.conn.SetWriteDeadline(time.Now().Add(l.t.stall))
		if err == nil {
			err = l.conn.Write(l.onWrite)
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			if acknowledged, err := allAcknowledged(l.conn); err == nil && acknowledged && !lifted {
				lifted = setUserTimeout(l.conn, 0) == nil
			}
			continue
		}
		if err == nil {
			err = l.conn.SetWriteDeadline(time.Time{})
		}
		if err == nil && lifted {
			err = setUserTimeout(l.conn, silentLoss)
		}
		return err
	}
}
