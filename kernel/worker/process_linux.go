package worker

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// processAttributes puts the worker into a process group of its own, so that a
// Ctrl-C in the kernel's terminal does not reach it, and ends it when the thread
// that started it ends: the pump's, which lives as long as the kernel.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// enlarge sets the capacity of a pipe, as far as the system allows.
func enlarge(fd, bytes int) {
	unix.FcntlInt(uintptr(fd), unix.F_SETPIPE_SZ, bytes)
}
