package notebook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Options says what [Run] does.
type Options struct {
	Files      []string                          // notebooks to execute, in this order; required
	OutDir     string                            // where results go, created if missing; "" means beside each notebook, which is replaced
	HTML       bool                              // also write a page NAME.html
	Timeout    time.Duration                     // longest time for one cell; 0 means none
	NewSession func(dir string) (Session, error) // starts a session in a notebook's folder; required
	Prepare    func(s Session, nb *Notebook)     // is told which notebook a session is for, before its first cell; may be nil
	Finish     func(s Session, nb *Notebook)     // may change the notebook's metadata before it is written; may be nil
	Log        io.Writer                         // progress, a line per cell; nil means none
	GoVersion  string                            // written into the notebooks' metadata, e.g. "1.26.1"; may be empty
}

// CellError is a cell that failed, or ran too long.
type CellError struct {
	File    string // of the notebook
	Cell    int    // place among all cells, from 1
	Count   int    // the number in In [Count]
	Name    string // kind of error
	Value   string // message
	Written string // file that holds the notebook as far as it came; empty if writing failed
}

// Error names notebook, cell and message in one line.
func (e *CellError) Error() string {
	message := strings.TrimSpace(stripANSI(e.Value))
	if message == "" {
		message = e.Name
	}
	if first, _, more := strings.Cut(message, "\n"); more {
		message = strings.TrimRight(first, " :") + " …"
	}
	s := fmt.Sprintf("%s: cell %d (In [%d]): %s; mend the cell and run the notebook again", e.File, e.Cell, e.Count, message)
	if e.Written != "" && e.Written != e.File {
		s += ", " + e.Written + " shows how far it came"
	}
	return s
}

// grace is how long a cell that is told to end may take before its session is closed.
var grace = 10 * time.Second

// Run executes notebooks, each in a session of its own, and writes the results. A notebook ends
// at its first error and is written nevertheless; the next one runs. The errors of all notebooks
// come back joined; those of cells are [*CellError]. When ctx ends, the running notebook is written
// and the others are left alone.
func Run(ctx context.Context, o Options) error {
	if len(o.Files) == 0 {
		return errors.New("no notebooks given, want the names of .ipynb files")
	}
	if o.NewSession == nil {
		return errors.New("notebook.Options.NewSession is nil, want a function that starts a session")
	}
	if o.Timeout < 0 {
		return fmt.Errorf("timeout is %v, want a positive time, or 0 for none", o.Timeout)
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	targets := map[string]string{}
	for _, file := range o.Files {
		target := o.target(file)
		if other, taken := targets[target]; taken {
			return fmt.Errorf("%s and %s would both be written to %s; give each file once, or run them with two output folders", other, file, target)
		}
		targets[target] = file
	}
	if o.OutDir != "" {
		if err := os.MkdirAll(o.OutDir, 0o777); err != nil {
			return fmt.Errorf("output folder %s cannot be made: %w; choose another", o.OutDir, err)
		}
	}
	var failed []error
	for i, file := range o.Files {
		if ctx.Err() != nil {
			failed = append(failed, fmt.Errorf("%d notebooks not run, from %s on: %w", len(o.Files)-i, file, ctx.Err()))
			break
		}
		if err := o.runFile(ctx, file); err != nil {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// target is the file that a notebook's result goes to.
func (o *Options) target(file string) string {
	if o.OutDir == "" {
		return filepath.Clean(file)
	}
	return filepath.Join(o.OutDir, filepath.Base(file))
}

func (o *Options) runFile(ctx context.Context, file string) error {
	nb, err := Read(file)
	if err != nil {
		return err
	}
	dir, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return fmt.Errorf("%s: its folder cannot be found: %w", file, err)
	}
	start := time.Now()
	session, err := o.NewSession(dir)
	if err != nil {
		return fmt.Errorf("%s: no session: %w", file, err)
	}
	if o.Prepare != nil {
		o.Prepare(session, nb)
	}
	outputs := newCollector()
	failure := o.execute(ctx, nb, file, session, outputs)
	closing := session.Close() // late output arrives until here
	outputs.close()
	nb.describe(o.GoVersion)
	if o.Finish != nil {
		o.Finish(session, nb)
	}

	target := o.target(file)
	var errs []error
	if err := nb.writeFile(target); err != nil {
		errs = append(errs, err)
		target = ""
	}
	if o.HTML {
		page := strings.TrimSuffix(o.target(file), ".ipynb") + ".html"
		if err := nb.writePage(page, file); err != nil {
			errs = append(errs, err)
		}
	}
	var cell *CellError
	if errors.As(failure, &cell) {
		cell.Written = target
	}
	if failure != nil {
		errs = append([]error{failure}, errs...)
	} else if closing != nil {
		errs = append(errs, fmt.Errorf("%s: ending its session failed: %w", file, closing))
	}
	if len(errs) == 0 {
		fmt.Fprintf(o.Log, "%s: done in %.1f s, written to %s\n", file, time.Since(start).Seconds(), target)
	}
	return errors.Join(errs...)
}

// execute runs the code cells up to the first error. Outputs of an earlier execution are removed from
// all of them first, so that a notebook never mixes two executions.
func (o *Options) execute(ctx context.Context, nb *Notebook, file string, session Session, outputs *collector) error {
	ours := func(c *Cell) bool { return c.Type == "code" && !c.tagged("skip-execution") }
	runs := func(c *Cell) bool { return ours(c) && strings.TrimSpace(c.Source) != "" }
	for _, c := range nb.Cells {
		if ours(c) {
			c.Count, c.Outputs = nil, nil
		}
	}
	count := 0
	for i, c := range nb.Cells {
		if !runs(c) {
			continue
		}
		if ctx.Err() != nil {
			return fmt.Errorf("%s: stopped before cell %d: %w", file, i+1, ctx.Err())
		}
		count++
		number := count
		c.Count = &number
		start := time.Now()
		r := Request{Code: c.Source, ID: c.ID, Count: count}
		if k := slices.IndexFunc(nb.Cells[i+1:], runs); k >= 0 {
			next := nb.Cells[i+1+k]
			r.Next = &Request{Code: next.Source, ID: next.ID, Count: count + 1}
		}
		failure := o.executeCell(ctx, session, r, outputs.output(c))
		fmt.Fprintf(o.Log, "%s: cell %d of %d, %.2f s\n", file, i+1, len(nb.Cells), time.Since(start).Seconds())
		if ctx.Err() != nil {
			return fmt.Errorf("%s: stopped in cell %d: %w", file, i+1, ctx.Err())
		}
		if failure == nil || c.tagged("raises-exception") && failure.Name != timedOut {
			continue
		}
		for _, line := range failure.Traceback {
			fmt.Fprintln(o.Log, stripANSI(line))
		}
		return &CellError{File: file, Cell: i + 1, Count: count, Name: failure.Name, Value: failure.Value}
	}
	return nil
}

// timedOut is the name of the error of a cell that ran too long.
const timedOut = "Timeout"

// executeCell runs one cell and collects its outputs.
func (o *Options) executeCell(ctx context.Context, session Session, request Request, out *cellOutput) *Error {
	limited, cancel := ctx, context.CancelFunc(func() {})
	if o.Timeout > 0 {
		limited, cancel = context.WithTimeout(ctx, o.Timeout)
	}
	defer cancel()
	done := make(chan Result, 1)
	go func() { done <- session.Execute(limited, request, out) }()

	var r Result
	select {
	case r = <-done:
	case <-limited.Done():
		select {
		case r = <-done:
		case <-time.After(grace): // left behind; closing the session ends it
			r.Err = &Error{Name: timedOut, Value: fmt.Sprintf("the cell does not stop: it was told to %v ago", grace)}
		}
	}
	out.finish(r, request.Count)
	if r.Err != nil && ctx.Err() == nil && errors.Is(limited.Err(), context.DeadlineExceeded) {
		return &Error{
			Name:      timedOut,
			Value:     fmt.Sprintf("ran longer than the %v that a cell may take (%s); give it more time", o.Timeout, r.Err.Value),
			Traceback: r.Err.Traceback,
		}
	}
	return r.Err
}

// Kernel is the name of the kernel that the notebook asks for; empty when it names none.
func (nb *Notebook) Kernel() string {
	spec, _ := nb.Metadata["kernelspec"].(map[string]any)
	name, _ := spec["name"].(string)
	return name
}

// Bundles are the rich outputs of a cell, each by media type.
func (c *Cell) Bundles() (list []map[string]any) {
	for _, o := range c.Outputs {
		if data, ok := o["data"].(map[string]any); ok {
			list = append(list, data)
		}
	}
	return list
}

// describe names our kernel in the metadata, as Jupyter does when it saves.
func (nb *Notebook) describe(goVersion string) {
	if nb.Kernel() != "gonb" { // which is ours too, and says how cells are run
		nb.Metadata["kernelspec"] = map[string]any{
			"display_name": "Go (Spikebook)", "language": "go", "name": "spikebook",
		}
	}
	language := map[string]any{
		"codemirror_mode": "go", "file_extension": ".go", "mimetype": "text/x-go",
		"name": "go", "pygments_lexer": "go",
	}
	if goVersion != "" {
		language["version"] = goVersion
	}
	nb.Metadata["language_info"] = language
}

func (nb *Notebook) writeFile(path string) error {
	raw, err := nb.Encode()
	if err != nil {
		return fmt.Errorf("%s: cannot be written: %w", path, err)
	}
	return replaceFile(path, raw)
}

// writePage writes the HTML page of a notebook that came from file.
func (nb *Notebook) writePage(path, file string) error {
	name := strings.TrimSuffix(filepath.Base(file), ".ipynb")
	page, err := nb.HTML(name, filepath.Dir(file))
	if err != nil {
		return fmt.Errorf("%s: cannot be written: %w", path, err)
	}
	return replaceFile(path, page)
}

// replaceFile writes a file beside path and renames it, so that path is never half written. The mode
// of an existing file is kept, and a symbolic link stays one.
func replaceFile(path string, raw []byte) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("%s: cannot be written: %w; check the folder's permissions and the space left", path, err)
		}
	}()
	target := path
	if real, err := filepath.EvalSymlinks(path); err == nil {
		target = real
	}
	mode := os.FileMode(0o644)
	if info, err := os.Stat(target); err == nil {
		mode = info.Mode().Perm()
	}
	f, err := os.CreateTemp(filepath.Dir(target), ".spikebook-*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if _, err := f.Write(raw); err != nil {
		return err
	}
	if err := f.Chmod(mode); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), target)
}
