package jupyter

import (
	"context"
	"encoding/json"
)

// Evaluator runs cells. The kernel calls Execute for one cell at a time and
// the other methods at any moment, also while Execute runs. It may also be a
// [Completer], an [Inspector], a [Calculator] and a [Communicator].
type Evaluator interface {
	// Execute runs one cell. All output of the cell has gone to out when it
	// returns; out stays valid for what the cell's goroutines print later.
	// When ctx ends, the cell is interrupted and keeps its state.
	Execute(ctx context.Context, r Request, out Output) Result
	// Interrupt is called after the context of the running Execute has been
	// cancelled, once for each interrupt: a second one means that the first
	// took too long. Between cells it ends what handlers of comm messages do.
	// It does not wait.
	Interrupt()
	// IsComplete tells whether a console should run code or ask for another
	// line: "complete", "incomplete" with the indent of that line,
	// "invalid" or "unknown".
	IsComplete(code string) (status, indent string)
	// Close ends whatever runs and frees everything.
	Close() error
}

// Request is one cell to run.
type Request struct {
	Code   string
	CellID string // the front end's name for the cell, the same when it is run again; may be empty
	Count  int    // the number shown as In [n]
	Silent bool   // the front end asks on its own behalf: no history, no number
	Ask    Asker  // asks the person who sent the cell for a line; nil: the front end accepts no input

	// Coming returns the cell that waits behind this one, as far as is known now; ok
	// is false when none does. It may be nil.
	Coming func() (next Request, ok bool)
}

// Result is what a cell came to.
type Result struct {
	Value    *Display       // value of the last expression; nil: nothing to show
	Page     *Display       // text about something, shown apart from the output; nil: none
	Next     *Next          // the text of the next cell; nil: the cell does not say
	Err      *Error         // why the cell failed; nil: it did not
	Metadata map[string]any // added to the reply's metadata, for example timing
}

// Next is text for a new cell below the one that ran, or for that one.
type Next struct {
	Text    string
	Replace bool
}

// Error is a failed cell. Traceback is what people see: one line or frame an
// element, coloured by ANSI codes, the message in the first.
type Error struct {
	Name      string
	Value     string
	Traceback []string
}

// Display is something shown, by MIME type. Values of text types are
// strings, of binary types []byte (base64 strings also pass), of JSON types
// anything that marshals.
type Display struct {
	Data     map[string]any
	Metadata map[string]any
	ID       string // name by which the display can be updated; may be empty
	Update   bool   // replaces what was shown under ID
}

// Output takes what a running cell shows. Its methods may be called from any
// goroutine, and also after the cell has ended.
type Output interface {
	Stream(name, text string) // name is "stdout" or "stderr"
	Display(Display)
	ClearOutput(wait bool) // wait: clear only when the next output arrives
	Comm(Comm)
	Parent() string // id of the message under which all this appears
}

// Logf writes one line to the kernel's log.
type Logf func(format string, args ...any)

// executeRequest is the content of an execute_request with the defaults of
// the protocol.
type executeRequest struct {
	Code            string                     `json:"code"`
	Silent          bool                       `json:"silent"`
	StoreHistory    *bool                      `json:"store_history"` // default: not silent
	UserExpressions map[string]json.RawMessage `json:"user_expressions"`
	StopOnError     *bool                      `json:"stop_on_error"` // default: true
	AllowStdin      *bool                      `json:"allow_stdin"`   // default: true
}

func (r *executeRequest) counts() bool {
	return !r.Silent && (r.StoreHistory == nil || *r.StoreHistory)
}

func (r *executeRequest) asks() bool { return r.AllowStdin == nil || *r.AllowStdin }

func (r *executeRequest) stops() bool {
	return !r.Silent && (r.StopOnError == nil || *r.StopOnError)
}
