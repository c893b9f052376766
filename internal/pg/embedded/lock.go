package embedded

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"cartoquartiers/internal/fault"
)

const (
	shared    = unix.LOCK_SH
	exclusive = unix.LOCK_EX
)

// lockPause is how often a waiting process looks again: short enough not to be felt.
const lockPause = 20 * time.Millisecond

// lock is a flock(2) on a file of its own: it ends with the process, however
// that ends, and children do not inherit it (Go opens files close-on-exec).
type lock struct{ file *os.File }

// errHeld says that somebody else holds the lock.
var errHeld = errors.New("somebody else holds the lock")

// tryLock takes an exclusive lock, or gives errHeld.
func tryLock(path string, owner owner) (*lock, error) {
	file, err := owner.open(path, os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, err
	}
	l := &lock{file: file}
	taken, err := l.take(exclusive)
	if err == nil && !taken {
		err = errHeld
	}
	if err != nil {
		l.release()
		return nil, err
	}
	return l, nil
}

// waitLock takes a lock, waiting for the others until ctx ends.
func waitLock(ctx context.Context, path string, owner owner, kind int) (*lock, error) {
	file, err := owner.open(path, os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, err
	}
	l := &lock{file: file}
	for {
		taken, err := l.take(kind)
		if err != nil {
			l.release()
			return nil, err
		}
		if taken {
			return l, nil
		}
		if err := pause(ctx, lockPause); err != nil {
			l.release()
			return nil, fault.Wrap(fault.Unavailable, err, "gave up waiting for %s, which another process holds", path)
		}
	}
}

// upgrade makes a shared lock exclusive when nobody else holds it; when somebody
// does, the lock is gone (flock(2): converting is not atomic).
func (l *lock) upgrade() (bool, error) { return l.take(exclusive) }

func (l *lock) take(kind int) (bool, error) {
	err := unix.Flock(int(l.file.Fd()), kind|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return false, nil
	}
	if err != nil {
		return false, fault.Wrap(fault.Unavailable, err, "%s cannot be locked", l.file.Name())
	}
	return true, nil
}

// sign writes our process number into the file, for whoever finds it locked.
func (l *lock) sign() error {
	text := strconv.Itoa(os.Getpid()) + "\n"
	err := l.file.Truncate(0)
	if err == nil {
		_, err = l.file.WriteAt([]byte(text), 0)
	}
	if err != nil {
		l.release()
		return unwritable(filepath.Dir(l.file.Name()), err)
	}
	return nil
}

// release frees the lock; nil and already freed locks are fine.
func (l *lock) release() {
	if l != nil {
		_ = l.file.Close() // closing again or failing changes nothing: the lock goes with the descriptor
	}
}

// pause waits, or fails when ctx ends first.
func pause(ctx context.Context, length time.Duration) error {
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
