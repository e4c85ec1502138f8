//go:build unix

package cc

import (
	"errors"
	"os"
	"syscall"
)

// full tells whether err says that a disk or a quota is used up.
func full(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// private tells whether dir is a folder that belongs to this user, and that
// nobody else may write to.
func private(dir string) bool {
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() || info.Mode().Perm()&0o077 != 0 {
		return false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == os.Getuid()
}
