//go:build unix

package jupyter

import (
	"errors"
	"os"
	"syscall"
)

// tryLock locks a file against other processes; false means that another one
// holds it. The lock ends with the file's closing.
func tryLock(f *os.File) (bool, error) {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EWOULDBLOCK):
			return false, nil
		default:
			return false, err
		}
	}
}
