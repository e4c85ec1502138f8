package snn

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spikebook/spikebook/snn/model"
)

// Mistake is one thing wrong in a description: what it happened to, the line
// that made it, and what to do.
type Mistake struct {
	Of   string // "population pop"
	Site string // the caller's line: "Cell[3]:7" or "main.go:12"
	Err  error
}

func (m Mistake) Error() string {
	if m.Site == "" {
		return m.Of + ": " + m.Err.Error()
	}
	return fmt.Sprintf("%s (%s): %v", m.Of, m.Site, m.Err)
}

func (m Mistake) Unwrap() error { return m.Err }

// Mistakes are all mistakes of a network, in the order they were made. Build
// returns them together.
type Mistakes []Mistake

func (ms Mistakes) Error() string {
	lines := make([]string, len(ms))
	for i, m := range ms {
		lines[i] = m.Error()
	}
	return strings.Join(lines, "\n")
}

func (ms Mistakes) Unwrap() []error {
	errs := make([]error, len(ms))
	for i, m := range ms {
		errs[i] = m
	}
	return errs
}

// callSite is the first line outside this package that led here.
func callSite() string {
	var pcs [16]uintptr
	n := runtime.Callers(1, pcs[:])
	frames := runtime.CallersFrames(pcs[:n])
	here := ""
	for {
		f, more := frames.Next()
		if here == "" {
			here = filepath.Dir(f.File)
		}
		// By file and not by name: an option's function is named after the
		// caller that it was inlined into.
		inside := filepath.Dir(f.File) == here && !strings.HasSuffix(f.File, "_test.go")
		if !inside && f.File != "" {
			return fmt.Sprintf("%s:%d", filepath.Base(f.File), f.Line)
		}
		if !more {
			return ""
		}
	}
}

// unknown is the error of a name that is not among the known ones.
func unknown(kind, name string, known []string) error {
	has := "there is none"
	if len(known) > 0 {
		has = "known: " + strings.Join(known, ", ")
	}
	if near := model.Nearest(name, known); near != "" {
		return fmt.Errorf("no %s %q; did you mean %q? (%s)", kind, name, near, has)
	}
	return fmt.Errorf("no %s %q (%s)", kind, name, has)
}
