package gotool

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
)

// Error is a failure in four parts, with the output of the tool that failed.
type Error struct {
	What   string // what it happened to: "C compiler", "cell/7"
	Given  string // what was found
	Want   string // what is needed; may be empty
	Do     string // what to do about it; may be empty
	Output string // raw output of the go command, compiler or linker; may be empty
	Err    error  // cause; may be nil
}

// Error implements error. The tool's output follows on lines of its own.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", e.What, e.Given)
	if e.Want != "" {
		fmt.Fprintf(&b, ", want %s", e.Want)
	}
	if e.Do != "" {
		fmt.Fprintf(&b, "; %s", e.Do)
	}
	if out := strings.TrimRight(e.Output, "\n"); out != "" {
		b.WriteString("\n")
		b.WriteString(out)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// ImportError tells why a package cannot be imported.
type ImportError struct {
	Path   string // import path as the user wrote it
	Reason string // what is wrong with it
	Do     string // what to do instead
}

// Error implements error.
func (e *ImportError) Error() string {
	s := fmt.Sprintf("import %q: %s", e.Path, e.Reason)
	if e.Do != "" {
		s += "; " + e.Do
	}
	return s
}

// ImportErrors holds one error per import path that cannot be found.
type ImportErrors []*ImportError

// Error implements error, one line per path.
func (es ImportErrors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the single errors.
func (es ImportErrors) Unwrap() []error {
	errs := make([]error, len(es))
	for i, e := range es {
		errs[i] = e
	}
	return errs
}

// diskFull reports whether a failure came from a full disk. Tools say so only
// in their output.
func diskFull(err error, output string) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) ||
		strings.Contains(output, syscall.ENOSPC.Error()) ||
		strings.Contains(output, syscall.EDQUOT.Error())
}

// cacheError explains a failure to write below the cache folder.
func cacheError(dir string, err error) error {
	e := &Error{
		What:  "cache folder " + dir,
		Given: err.Error(),
		Want:  "a folder that can be written, with about 1 GB free",
		Do:    "change its permissions, or set SPIKEBOOK_CACHE to another folder",
		Err:   err,
	}
	if diskFull(err, "") {
		e.Given = "the disk is full"
		e.Do = "free some space, or set SPIKEBOOK_CACHE to a folder on another disk"
	}
	return e
}
