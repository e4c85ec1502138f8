package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/spikebook/spikebook/kernel/worker/wire"
)

// hungerLook is how often it is looked whether a running cell reads; after
// hungryLooks in a row the read counts as one that wants input.
const (
	hungerLook  = 10 * time.Millisecond
	hungryLooks = 2
)

// input is standard input of cells: a pipe of which the worker has both ends. Go
// code that reads os.Stdin waits in it; the kernel is then asked for a line. C
// code and programs that read descriptor 0 find its end at once.
//
// Whether somebody reads is seen without touching the standard library: a file
// lets one goroutine read at a time, so a probe that asks for the file's turn and
// then reads nothing waits exactly as long as somebody else reads.
type input struct {
	front *front
	file  *os.File        // os.Stdin
	raw   syscall.RawConn // of file

	descriptor int // of file
	write      *os.File

	mu   sync.Mutex
	stop context.CancelFunc // ends watching; nil between cells
}

func newInput(f *front) *input {
	i := &input{front: f}
	var fds [2]int
	if err := syscall.Pipe(fds[:]); err != nil {
		fmt.Fprintf(os.Stderr, "spikebook: cells will not read input: no pipe: %v\n", err)
		return i // os.Stdin stays at its end
	}
	for _, fd := range fds {
		syscall.CloseOnExec(fd)
		syscall.SetNonblock(fd, true) // so that a read can be ended by a deadline
	}
	i.file = os.NewFile(uintptr(fds[0]), "/dev/stdin")
	raw, err := i.file.SyscallConn()
	if err != nil {
		return i
	}
	i.raw, i.descriptor, i.write = raw, fds[0], os.NewFile(uintptr(fds[1]), "input")
	os.Stdin = i.file
	return i
}

// line adds a line to standard input. It waits while the pipe is full.
func (i *input) line(text string) {
	if i.raw != nil {
		i.write.WriteString(text + "\n")
	}
}

// begin is called before a cell runs.
func (i *input) begin() {
	if i.raw == nil {
		return
	}
	i.end()
	i.file.SetReadDeadline(time.Time{})
	ctx, stop := context.WithCancel(context.Background())
	i.mu.Lock()
	i.stop = stop
	i.mu.Unlock()
	go i.watch(ctx)
}

// end is called when a cell has ended. What it has left unread is dropped, so that
// the end of a line does not answer the next cell.
func (i *input) end() {
	i.mu.Lock()
	stop := i.stop
	i.stop = nil
	i.mu.Unlock()
	if stop == nil {
		return
	}
	stop()
	drained := make(chan struct{})
	go func() { // a goroutine that reads on holds the file; then there is nothing to drop
		defer close(drained)
		i.raw.Read(func(fd uintptr) bool {
			var buf [4096]byte
			for {
				if n, err := syscall.Read(int(fd), buf[:]); n <= 0 || err != nil {
					return true
				}
			}
		})
	}()
	select {
	case <-drained:
	case <-time.After(hungerLook):
	}
}

// interrupt ends reads that wait, and those of the interrupted cell to come.
func (i *input) interrupt() {
	if i.raw != nil {
		i.file.SetReadDeadline(time.Unix(1, 0))
	}
}

// watch asks the kernel for a line each time that a cell waits for one. A probe
// that waits longer than its turn can take means that somebody else reads; if the
// pipe stays empty all the while, it is a line that the reader waits for.
func (i *input) watch(ctx context.Context) {
	var probe chan struct{} // closed when the file was free
	looks := 0              // in a row at which somebody read from the empty pipe
	for sleep(ctx, hungerLook) {
		if probe == nil {
			free := make(chan struct{})
			probe, looks = free, 0
			go func() {
				i.raw.Read(func(uintptr) bool { return true })
				close(free)
			}()
			continue
		}
		select {
		case <-probe:
			probe = nil
			continue
		default:
		}
		if looks++; !i.empty() {
			looks = 0
		}
		if looks < hungryLooks {
			continue
		}
		looks = 0
		number, answers := i.front.expect()
		i.front.report(wire.Report{Op: wire.Input, ID: number})
		select {
		case a := <-answers:
			if a.refuse == "" {
				i.line(a.text)
			} else {
				fmt.Fprintf(os.Stderr, "standard input cannot be read: %s\n", a.refuse)
				i.interrupt()
			}
		case <-ctx.Done():
			return
		}
	}
}

// empty tells whether the pipe holds nothing.
func (i *input) empty() bool {
	n, err := unix.Poll([]unix.PollFd{{Fd: int32(i.descriptor), Events: unix.POLLIN}}, 0)
	return err == nil && n == 0
}

// sleep returns false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
