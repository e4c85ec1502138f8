package notebook

import "context"

// Session runs the cells of one notebook, one at a time, and keeps their state.
type Session interface {
	// Execute runs one code cell. What the cell shows goes to out, also after Execute has
	// returned. When ctx ends, the cell should be interrupted.
	Execute(ctx context.Context, r Request, out Output) Result
	// Close ends whatever runs. Nothing goes to any Output after it has returned.
	Close() error
}

// Request is one code cell.
type Request struct {
	Code  string
	ID    string // of the cell in the notebook
	Count int    // its execution count

	Next *Request // the cell that comes after it; nil: none. It may be compiled while this one runs.
}

// Output takes what cells show. Its methods may be called from any goroutine.
type Output interface {
	Stream(name, text string) // name is "stdout" or "stderr"
	Display(Display)
	ClearOutput(wait bool) // wait: clear only when the next output arrives
}

// Display is something shown, by media type. Values of text types are strings, of binary
// types []byte or base64 text, of JSON types anything that encodes.
type Display struct {
	Data     map[string]any
	Metadata map[string]any // by media type: width and height in CSS pixels
	ID       string         // by which it can be updated; may be empty
	Update   bool           // replaces what is shown under ID
}

// Result is what a cell came to.
type Result struct {
	Value *Display // of the last expression; nil: nothing to show
	Err   *Error   // why the cell failed; nil: it did not
}

// Error is a failed cell.
type Error struct {
	Name      string   // kind of error
	Value     string   // message
	Traceback []string // what people see, coloured by ANSI codes
}
