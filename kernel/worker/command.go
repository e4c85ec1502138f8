package worker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Steps by which an interrupted command is ended: SIGINT at once, then these.
const (
	termAfter = time.Second
	killAfter = 2 * time.Second
)

// Command runs a program, such as a shell, whose output goes through the outlet.
// When ctx ends, the program and what it started are interrupted, and killed if
// that does not help. A program that leaves others running in the background is
// done when it itself ends; their output follows as it comes.
func (o *Outlet) Command(ctx context.Context, cmd *exec.Cmd) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var ours, theirs []*os.File
	closeAll := func(files []*os.File) {
		for _, f := range files {
			f.Close()
		}
	}
	for range 2 {
		r, w, err := os.Pipe()
		if err != nil {
			closeAll(append(ours, theirs...))
			return fmt.Errorf("no pipe: %w", err)
		}
		ours, theirs = append(ours, r), append(theirs, w)
	}
	cmd.Stdout, cmd.Stderr = theirs[0], theirs[1]
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		closeAll(append(ours, theirs...))
		return err
	}
	closeAll(theirs)

	var streams [2]*commandStream
	for i, name := range []string{"stdout", "stderr"} {
		streams[i] = &commandStream{outlet: o, name: name, file: ours[i], ended: make(chan struct{})}
		go streams[i].copy()
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	err := awaitCommand(ctx, cmd.Process.Pid, exited)
	left := false
	for _, stream := range streams {
		left = !stream.settle() || left
	}
	if left {
		o.remember(cmd.Process.Pid, streams[:])
	}
	return err
}

// remember notes a process group that lives on, for [Outlet.Close]. Its number
// cannot be given to other processes while its streams are open.
func (o *Outlet) remember(group int, streams []*commandStream) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.groups == nil {
		o.groups = map[int]bool{}
	}
	o.groups[group] = true
	go func() {
		for _, s := range streams {
			<-s.ended
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		delete(o.groups, group)
	}()
}

// Close ends the programs that commands have left in the background, and drops
// all output from now on.
func (o *Outlet) Close() {
	o.Begin(discard{}, "")
	o.mu.Lock()
	defer o.mu.Unlock()
	for group := range o.groups {
		unix.Kill(-group, syscall.SIGKILL)
	}
}

// awaitCommand waits for the end of a command and interrupts it when ctx ends.
func awaitCommand(ctx context.Context, pid int, exited <-chan error) error {
	select {
	case err := <-exited:
		return err
	case <-ctx.Done():
	}
	for _, step := range []struct {
		signal syscall.Signal
		wait   time.Duration
	}{{syscall.SIGINT, termAfter}, {syscall.SIGTERM, killAfter - termAfter}, {syscall.SIGKILL, time.Hour}} {
		unix.Kill(-pid, step.signal)
		select {
		case err := <-exited:
			return errors.Join(ctx.Err(), err)
		case <-time.After(step.wait):
		}
	}
	return ctx.Err()
}

// A commandStream copies one stream of a command to the outlet.
type commandStream struct {
	outlet *Outlet
	name   string
	file   *os.File
	ended  chan struct{} // closed at the end of the stream

	mu    sync.Mutex
	clean cleaner
	read  time.Time
}

// copy runs until every process that has the stream open has ended.
func (s *commandStream) copy() {
	defer close(s.ended)
	defer s.file.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := s.file.Read(buf)
		s.mu.Lock()
		if n > 0 {
			s.read = time.Now()
			s.outlet.Text(s.name, s.clean.feed(buf[:n]))
		}
		if err != nil {
			s.outlet.Text(s.name, s.clean.flush(false))
		}
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// settle waits until what a command that has ended left in the pipe was read. It
// returns whether the stream has ended; if not, a process in the background has it
// still open.
func (s *commandStream) settle() (ended bool) {
	const quiet = 50 * time.Millisecond
	for {
		select {
		case <-s.ended:
			return true
		case <-time.After(quiet):
		}
		s.mu.Lock()
		still := time.Since(s.read) > quiet
		if still {
			s.outlet.Text(s.name, s.clean.flush(true))
		}
		s.mu.Unlock()
		if still {
			return false
		}
	}
}
