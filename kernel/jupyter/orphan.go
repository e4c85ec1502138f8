package jupyter

import (
	"bytes"
	"context"
	"os"
	"strconv"
	"syscall"
	"time"
)

// WatchParent returns a channel that is closed when the process that started
// the kernel is gone (P-44). Clients pass their process id in
// JPY_PARENT_PID; without it nothing is watched and the channel stays open.
func WatchParent(ctx context.Context) <-chan struct{} {
	gone := make(chan struct{})
	pid, err := strconv.Atoi(os.Getenv("JPY_PARENT_PID"))
	if err != nil || pid <= 0 {
		return gone
	}
	direct := os.Getppid() == pid // else a wrapper script stands between
	go func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if direct && os.Getppid() != pid || dead(pid) {
				close(gone)
				return
			}
		}
	}()
	return gone
}

// dead reports whether a process has ended, also when its own parent has not
// yet taken note of that (a zombie, where /proc tells).
func dead(pid int) bool {
	if syscall.Kill(pid, 0) == syscall.ESRCH {
		return true
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	// "pid (name) state …", where the name may hold parentheses.
	i := bytes.LastIndexByte(stat, ')')
	return i >= 0 && bytes.HasPrefix(stat[i+1:], []byte(" Z"))
}
