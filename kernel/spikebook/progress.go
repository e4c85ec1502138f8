package main

import (
	"fmt"
	"io"
	"os"
	"time"
	"unicode/utf8"
)

// progress shows how far a long work is: on a terminal one line that is
// written over, elsewhere a line after one second and then every ten.
type progress struct {
	w        io.Writer
	terminal bool
	start    time.Time
	last     time.Time
	width    int // of the line on the terminal
}

func newProgress(w io.Writer) *progress {
	p := &progress{w: w, start: time.Now()}
	if f, ok := w.(*os.File); ok {
		info, err := f.Stat()
		p.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return p
}

func (p *progress) show(done, total int, what string) {
	now := time.Now()
	if p.terminal && now.Sub(p.last) < 50*time.Millisecond ||
		!p.terminal && (now.Sub(p.start) < time.Second || now.Sub(p.last) < 10*time.Second) {
		return
	}
	p.last = now
	line := progressLine(done, total, what)
	if !p.terminal {
		fmt.Fprintln(p.w, line)
		return
	}
	n := utf8.RuneCountInString(line)
	fmt.Fprintf(p.w, "\r%s%*s", line, max(0, p.width-n), "")
	p.width = n
}

// end clears the line on the terminal and says how long it took, if it took
// long and did not fail.
func (p *progress) end(err error) {
	if p.terminal && p.width > 0 {
		fmt.Fprintf(p.w, "\r%*s\r", p.width, "")
	}
	if d := time.Since(p.start); err == nil && d > 2*time.Second {
		fmt.Fprintf(p.w, "build cache made warm in %.0f s\n", d.Seconds())
	}
}

func progressLine(done, total int, what string) string {
	if r := []rune(what); len(r) > 40 {
		what = "…" + string(r[len(r)-39:])
	}
	if total <= 0 {
		return "preparing the build cache, once: " + what
	}
	return fmt.Sprintf("preparing the build cache, once: %d of %d · %s", done, total, what)
}
