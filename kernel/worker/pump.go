package worker

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"

	"golang.org/x/sys/unix"

	"github.com/spikebook/spikebook/kernel/worker/wire"
)

const (
	// busyPause is how long a stream that has just delivered is left alone, so
	// that a program printing line by line costs one read for many lines.
	busyPause = 2 * time.Millisecond

	// displaysAhead bounds the displays that wait for the rate limit. Beyond it
	// the display pipe is not read, which slows down the goroutine that displays.
	displaysAhead = 64
)

// A pump reads all descriptors of one worker in one goroutine, which makes the
// order of what it reads plain: text that was written before a display, or before
// the report that a cell is done, is read before it.
type pump struct {
	outlet  *Outlet
	gonbui  *gonbui
	stdout  source
	stderr  source
	display int // descriptors
	control int
	wake    int // readable when the process has ended

	lines   []byte            // of control, less than a line
	report  func(wire.Report) // receives reports; must not block
	last    lastWords
	pending []wire.Report // of runs that ended while last words were held back
	buf     []byte
}

// A source is stdout or stderr of the worker.
type source struct {
	name  string
	fd    int
	clean cleaner
	eof   bool
	read  time.Time                // when it last delivered
	edit  func(text string) string // changes what is passed on; nil: nothing does
}

// run pumps until the worker has ended and everything it left was read. It
// returns the last words of the process.
func (p *pump) run() string {
	p.buf = make([]byte, 256<<10)
	for {
		now := time.Now()
		timeout := 500 * time.Millisecond
		ready := []unix.PollFd{
			{Fd: int32(p.control), Events: unix.POLLIN},
			{Fd: int32(p.wake), Events: unix.POLLIN},
			{Fd: -1, Events: unix.POLLIN},
			{Fd: -1, Events: unix.POLLIN},
			{Fd: -1, Events: unix.POLLIN},
		}
		if p.outlet.Backlog() < displaysAhead {
			ready[2].Fd = int32(p.display)
		} else {
			timeout = 10 * time.Millisecond
		}
		for i, s := range []*source{&p.stdout, &p.stderr} {
			if s.eof {
				continue
			}
			if rest := busyPause - now.Sub(s.read); rest > 0 {
				timeout = min(timeout, rest)
				continue
			}
			ready[3+i].Fd = int32(s.fd)
			if len(s.clean.carry) > 0 {
				timeout = min(timeout, coalesce)
			}
		}
		if p.last.held() {
			timeout = min(timeout, 10*time.Millisecond)
		}
		_, err := unix.Poll(ready, int(max(1, timeout.Milliseconds())))
		if err != nil && !errors.Is(err, unix.EINTR) {
			// Only a wrong call of ours fails so; do not spin.
			time.Sleep(10 * time.Millisecond)
		}
		if ready[2].Revents != 0 {
			p.readDisplays()
		}
		for i, s := range []*source{&p.stdout, &p.stderr} {
			if ready[3+i].Revents != 0 {
				p.readText(s)
			} else if ready[3+i].Fd >= 0 && time.Since(s.read) > coalesce {
				p.text(s, s.clean.flush(true)) // a lone CR, an escape without end
			}
		}
		if ready[0].Revents&unix.POLLIN != 0 {
			p.readControl()
		} else if ready[0].Revents != 0 {
			p.control = -1 // closed by the worker, which is ending or was told to by a cell
		}
		if p.last.over(len(p.pending) > 0) {
			p.outlet.Text("stderr", p.last.release())
			p.deliver()
		}
		if ready[1].Revents != 0 {
			p.drain()
			return p.last.text()
		}
	}
}

// readText reads what a stream holds now.
func (p *pump) readText(s *source) {
	// A writer may be faster than this loop; the bound lets displays and reports
	// have their turn.
	for range 16 {
		n, err := unix.Read(s.fd, p.buf)
		if n > 0 {
			s.read = time.Now()
			p.text(s, s.clean.feed(p.buf[:n]))
			continue
		}
		if err == nil {
			s.eof = true // no process has it open any more
			return
		}
		if !errors.Is(err, unix.EINTR) {
			return
		}
	}
}

// text passes text on; last words of the process are held back.
func (p *pump) text(s *source, text string) {
	if s == &p.stderr {
		text = p.last.add(text)
	}
	if s.edit != nil {
		text = s.edit(text)
	}
	p.outlet.Text(s.name, text)
}

// readTexts reads both streams until they would block, but no more than a
// pipe can hold: a goroutine that prints for ever must not keep a cell from
// ending.
func (p *pump) readTexts() {
	for _, s := range []*source{&p.stdout, &p.stderr} {
		if !s.eof {
			p.readText(s)
		}
	}
}

// readDisplays reads the display pipe. Text is read after the bytes of a display
// and published before it, so what was printed before the display comes first.
func (p *pump) readDisplays() {
	for range 16 {
		n, err := unix.Read(p.display, p.buf)
		if n > 0 {
			received := bytes.Clone(p.buf[:n])
			p.readTexts()
			p.gonbui.feed(received)
			continue
		}
		if !errors.Is(err, unix.EINTR) {
			return
		}
	}
}

// drain reads everything that was written so far and makes it text.
func (p *pump) drain() {
	p.readDisplays()
	p.readTexts()
	p.text(&p.stdout, p.stdout.clean.flush(false))
	p.text(&p.stderr, p.stderr.clean.flush(false))
}

// readControl handles reports. The output that was written before a report is
// read first.
func (p *pump) readControl() {
	whole := false // a line has ended
	for {
		n, err := unix.Read(p.control, p.buf)
		if n > 0 {
			// Only what is new is searched: a report that holds a picture comes in
			// hundreds of pieces.
			whole = whole || bytes.IndexByte(p.buf[:n], '\n') >= 0
			p.lines = append(p.lines, p.buf[:n]...)
			continue
		}
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	for whole {
		line, rest, found := bytes.Cut(p.lines, []byte{'\n'})
		if !found {
			break
		}
		var report wire.Report
		err := json.Unmarshal(line, &report)
		p.lines = rest
		if err != nil || report.Op == "" {
			continue // not ours: cell code wrote to the descriptor
		}
		p.drain()
		p.pending = append(p.pending, report)
		if !p.last.held() {
			p.deliver()
		}
	}
	if len(p.lines) == 0 {
		p.lines = nil
	}
}

// deliver hands over the reports that waited.
func (p *pump) deliver() {
	pending := p.pending
	p.pending = nil
	for _, r := range pending {
		p.report(r)
	}
}
