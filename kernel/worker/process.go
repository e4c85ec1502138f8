package worker

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// pipeBytes is the capacity asked for pipes from the worker. A program that prints
// line by line then runs on while the pump pauses.
const pipeBytes = 1 << 20

// A process is a worker with its descriptors, as the kernel sees them.
type process struct {
	cmd *exec.Cmd
	dir string // of the named pipes

	stdout, stderr int // read without blocking
	report         int // read without blocking
	command        *os.File
	display        int      // named pipe, read without blocking
	back           *os.File // named pipe, written

	theirs []*os.File // the worker's ends, closed here once it runs
}

// prepare makes the pipes and the command, without starting it.
func prepare(path string, env []string, dir string) (p *process, err error) {
	p = &process{stdout: -1, stderr: -1, report: -1, display: -1}
	defer func() {
		if err != nil {
			p.close()
		}
	}()
	var stdout, stderr, report *os.File
	if p.stdout, stdout, err = p.inward(pipeBytes); err != nil {
		return nil, err
	}
	if p.stderr, stderr, err = p.inward(pipeBytes); err != nil {
		return nil, err
	}
	if p.report, report, err = p.inward(pipeBytes); err != nil {
		return nil, err
	}
	command, ours, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("worker: no pipe: %w", err)
	}
	p.command = ours
	p.theirs = append(p.theirs, command)

	if p.dir, err = os.MkdirTemp("", "spikebook-worker-"); err != nil {
		return nil, fmt.Errorf("worker: no directory for its named pipes: %w; make room in %s or set TMPDIR", err, os.TempDir())
	}
	there, back := filepath.Join(p.dir, "display"), filepath.Join(p.dir, "back")
	for _, fifo := range []string{there, back} {
		if err := unix.Mkfifo(fifo, 0o600); err != nil {
			return nil, fmt.Errorf("worker: named pipe %s: %w; set TMPDIR to a directory on a local disk", fifo, err)
		}
	}
	// Open for reading and writing: neither side waits at open, and no writer
	// that goes away ends the stream.
	if p.display, err = unix.Open(there, unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0); err != nil {
		return nil, fmt.Errorf("worker: named pipe %s: %w", there, err)
	}
	if p.back, err = os.OpenFile(back, os.O_RDWR, 0); err != nil {
		return nil, fmt.Errorf("worker: named pipe: %w", err)
	}

	p.cmd = exec.Command(path)
	p.cmd.Dir = dir
	p.cmd.Env = append(slices.Clip(env), "GONB_PIPE="+there, "GONB_PIPE_BACK="+back)
	p.cmd.Stdout, p.cmd.Stderr = stdout, stderr
	p.cmd.ExtraFiles = []*os.File{command, report} // descriptors 3 and 4
	p.cmd.SysProcAttr = processAttributes()
	return p, nil
}

// inward makes a pipe from the worker to the kernel, of the given capacity if
// the system allows it.
func (p *process) inward(capacity int) (read int, write *os.File, err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return -1, nil, fmt.Errorf("worker: no pipe: %w", err)
	}
	defer r.Close()
	p.theirs = append(p.theirs, w)
	// A descriptor of our own: the pump polls it together with the others, which
	// package os would not let it.
	read, err = unix.FcntlInt(r.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return -1, nil, fmt.Errorf("worker: no pipe: %w", err)
	}
	if err := unix.SetNonblock(read, true); err != nil {
		unix.Close(read)
		return -1, nil, fmt.Errorf("worker: pipe: %w", err)
	}
	enlarge(read, capacity)
	return read, w, nil
}

// start runs the worker and closes its ends of the pipes here.
func (p *process) start() error {
	err := p.cmd.Start()
	for _, f := range p.theirs {
		f.Close()
	}
	p.theirs = nil
	if err != nil {
		return fmt.Errorf("worker: cannot start: %w", err)
	}
	return nil
}

// kill ends the worker and what it started.
func (p *process) kill() {
	unix.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
}

// close frees everything that the kernel holds of the process.
func (p *process) close() {
	for _, fd := range []int{p.stdout, p.stderr, p.report, p.display} {
		if fd >= 0 {
			unix.Close(fd)
		}
	}
	for _, f := range append(p.theirs, p.command, p.back) {
		if f != nil {
			f.Close()
		}
	}
	if p.dir != "" {
		os.RemoveAll(p.dir)
	}
}
