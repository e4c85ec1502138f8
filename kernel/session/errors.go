package session

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spikebook/spikebook/kernel/cell"
	"github.com/spikebook/spikebook/kernel/worker"
)

// Error is why a cell failed. Traceback is what people see: one line an element,
// coloured by ANSI codes, with the message in the first.
type Error struct {
	EName     string // "CompileError", "panic", "Interrupted", "WorkerDied", …
	EValue    string // message without colours
	Traceback []string
}

// Colours carry no meaning of their own: tools print tracebacks raw.
const (
	red   = "\x1b[31m"
	bold  = "\x1b[1m"
	blue  = "\x1b[34m"
	faint = "\x1b[2m"
	plain = "\x1b[0m"
)

// Bounds of a traceback.
const (
	mostFrames = 12 // shown with their source; a recursion has thousands
	mostStderr = 12 // lines of what a worker wrote when it died
)

// generated is the file name of code that the compiler adds to a cell.
const generated = "spikebook"

// plainError is an error without a place.
func plainError(name, value string) *Error {
	value = worker.Unmark(value)
	return &Error{EName: name, EValue: value, Traceback: headline(name, value)}
}

// headline is the first lines of a traceback.
func headline(name, value string) []string {
	lines := strings.Split(strings.TrimRight(value, "\n"), "\n")
	lines[0] = red + bold + name + plain + ": " + lines[0]
	return lines
}

// buildError is an error for a cell that could not be built.
func buildError(err error) *Error {
	var problems *cell.Problems
	if !errors.As(err, &problems) {
		return plainError("BuildError", err.Error())
	}
	e := &Error{EName: "CompileError", EValue: worker.Unmark(problems.Error()), Traceback: problems.Traceback()}
	for i := range e.Traceback {
		e.Traceback[i] = worker.Unmark(e.Traceback[i])
	}
	return e
}

// valueError is an error for a cell whose last expression returned an error, or
// that leaves one unread in a network or simulation.
func (s *Session) valueError(count int, failures []worker.Failure) *Error {
	e := &Error{EName: "error"}
	for i, f := range failures {
		if i > 0 {
			e.EValue += "\n"
		}
		text := worker.Unmark(f.Text)
		e.EValue += text
		e.Traceback = append(e.Traceback, headline("error", text)...)
		if f.Line > 0 {
			e.Traceback = append(e.Traceback, fmt.Sprintf("%sCell [%d]: Line %d%s", bold, count, f.Line, plain))
			e.Traceback = append(e.Traceback, s.excerpt(count, f.Line)...)
		}
		if f.Unread {
			e.Traceback = append(e.Traceback, faint+"kept by a variable of type "+f.Type+"; its method Err returns it"+plain)
		}
	}
	return e
}

// sameName finds a type assertion that failed between two declarations of a type.
var sameName = regexp.MustCompile(`is \*?main\.(\w+), not \*?main\.(\w+) \(types from different`)

// panicError is an error for a cell that panicked.
func (s *Session) panicError(p *worker.Panic) *Error {
	e := plainError("panic", p.Text)
	if m := sameName.FindStringSubmatch(e.EValue); m != nil && m[1] == m[2] {
		e.Traceback = append(e.Traceback, blue+"type "+m[1]+" was declared again after this value was made; make the value again"+plain)
	} else if hint := hintFor(p); hint != "" {
		e.Traceback = append(e.Traceback, blue+hint+plain)
	}
	e.Traceback = append(e.Traceback, s.frames(p.Frames, p.Cut)...)
	return e
}

// deathError is an error for a cell in which the worker died. It forgets what
// the worker held, and starts another one.
func (s *Session) deathError(err error) *Error {
	died := worker.IsDied(err)
	if died == nil {
		return plainError("WorkerFailed", err.Error())
	}
	lost := s.replaceWorker(err)
	e := plainError("WorkerDied", "the process that runs the cells has died: "+died.Reason)
	e.Traceback = append(e.Traceback, s.frames(died.Frames, 0)...)
	if len(died.Frames) == 0 && died.Stderr != "" {
		// What follows the first blank line is goroutines and registers.
		head, _, _ := strings.Cut(died.Stderr, "\n\n")
		lines := strings.Split(head, "\n")
		for _, line := range lines[:min(len(lines), mostStderr)] {
			e.Traceback = append(e.Traceback, faint+worker.Unmark(line)+plain)
		}
	}
	gone := "No variables were lost."
	if len(lost) > 0 {
		gone = "These variables are gone: " + names(lost) + "."
	}
	gone += s.offer()
	e.EValue += "\n" + gone
	e.Traceback = append(e.Traceback, gone)
	return e
}

// frames renders calls, innermost first: those in cells with their source, the
// others in a line each. cut is how many were left out after the first ones.
func (s *Session) frames(frames []worker.Frame, cut int) (out []string) {
	shown := 0
	last := ""
	for _, f := range frames {
		if shown == mostFrames {
			out = append(out, faint+"…"+plain)
			break
		}
		count, line, ok := s.compiler.Position(f.File, f.Line)
		if !ok {
			if filepath.Base(f.File) != generated {
				out = append(out, fmt.Sprintf("%s%s, %s:%d%s", faint, worker.Unmark(f.Func), short(f.File), f.Line, plain))
			}
			continue
		}
		head := fmt.Sprintf("%sCell [%d]: Line %d%s%s", bold, count, line, plain, function(f.Func))
		if head == last {
			continue // the same place again: a recursion, or a wrapper
		}
		last = head
		shown++
		out = append(out, head)
		out = append(out, s.excerpt(count, line)...)
	}
	if cut > 0 {
		out = append(out, fmt.Sprintf("%s(%d calls left out)%s", faint, cut, plain))
	}
	return out
}

// excerpt is a line of a cell with its neighbours and an arrow.
func (s *Session) excerpt(count, line int) (out []string) {
	s.mu.Lock()
	code, ok := s.sources[count]
	s.mu.Unlock()
	lines := strings.Split(code, "\n")
	if !ok || line < 1 || line > len(lines) {
		return nil
	}
	for n := max(1, line-1); n <= min(len(lines), line+1); n++ {
		text := strings.TrimSuffix(lines[n-1], "\r")
		if n == line {
			out = append(out, fmt.Sprintf("%s→%s%s%4d |%s %s", red, plain, faint, n, plain, text))
		} else {
			out = append(out, fmt.Sprintf("%s %4d |%s %s", faint, n, plain, text))
		}
	}
	return out
}

// function names the function of a frame for people, or is empty for the
// statements of a cell.
func function(name string) string {
	name = worker.Unmark(name)
	name = strings.ReplaceAll(name, "%2f", "/")
	if rest, ok := strings.CutPrefix(name, "cell/"); ok {
		if _, after, ok := strings.Cut(rest, "."); ok {
			name = after
		}
	}
	name = strings.TrimPrefix(name, "main.")
	rest, ok := strings.CutPrefix(name, "SpikebookRun")
	switch {
	case ok && rest == "":
		return ""
	case ok:
		return ", in a function literal"
	}
	if base, _, ok := strings.Cut(name, ".func"); ok {
		return ", in a function literal of " + base
	}
	return ", in " + name
}

// short is the end of a file name that tells a package.
func short(file string) string {
	dir, base := filepath.Split(file)
	return filepath.Join(filepath.Base(dir), base)
}

// A panicHint explains what people meet at run time; see [hintFor].
type panicHint struct{ text, hint string }

var panicHints = []panicHint{
	{"assignment to entry in nil map", "the map was declared but not made: m = map[string]int{}, or m = make(map[string]int)"},
	{"invalid memory address or nil pointer dereference", "a pointer, function or interface here is nil: nothing was assigned to it"},
	{"with length 0", "it is empty; make([]T, n) gives it n elements, append adds one"},
	{"index out of range", "indices go from 0 to the length less one"},
	{"slice bounds out of range", "s[from:to] goes from 0 up to the length, and from is not above to"},
	{"integer divide by zero", "look whether the divisor is 0 before; floats give ±Inf instead"},
	{"send on closed channel", "a channel is closed by its only sender, after the last value"},
	{"close of closed channel", "a channel is closed once, by its sender"},
	{"close of nil channel", "the channel was declared but not made: ch = make(chan int)"},
	{"interface conversion:", "v, ok := x.(T) asks first whether x holds a T"},
	{"makeslice: len out of range", "the length is negative or larger than memory"},
	{"negative WaitGroup counter", "Done was called more often than Add said; wg.Go(f) keeps count itself"},
	{"hash of unhashable type", "slices, maps and functions cannot be keys of a map"},
	{"comparing uncomparable type", "slices, maps and functions cannot be compared by ==; use slices.Equal or reflect.DeepEqual"},
}

// hintFor says what a panic of the runtime may come from, or "".
func hintFor(p *worker.Panic) string {
	if !strings.Contains(p.Type, "runtime.") && !strings.HasPrefix(p.Type, "maps.") && !strings.HasPrefix(p.Text, "sync: ") {
		return "" // the program's own words
	}
	for _, h := range panicHints {
		if strings.Contains(p.Text, h.text) {
			return h.hint
		}
	}
	return ""
}
