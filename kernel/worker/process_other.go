//go:build unix && !linux

package worker

import "syscall"

// processAttributes puts the worker into a process group of its own, so that a
// Ctrl-C in the kernel's terminal does not reach it. When the kernel ends, the
// worker sees the end of its command pipe and ends too.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

// enlarge does nothing: the system sizes pipes by itself.
func enlarge(fd, bytes int) {}
