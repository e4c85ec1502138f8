// Package wire holds the messages between the kernel and its worker.
//
// They travel as JSON, one message a line, over two pipes that the worker finds
// on descriptors 3 (commands) and 4 (reports). A line that does not parse is
// skipped by both sides: cell code may write to any descriptor, and one stray
// byte must not end a session.
//
// The package is linked into the worker, so it imports only what the worker has
// anyway.
package wire

import (
	"encoding/json"
	"time"
)

// Descriptors of the control pipe in the worker.
const (
	CommandFD = 3 // read by the worker
	ReportFD  = 4 // written by the worker
)

// MaxStack is the largest goroutine stack of the worker in bytes. A recursion
// without end then fails within a second instead of filling 1 GB, Go's default.
const MaxStack = 64 << 20

// AbandonTime is how long after an interrupt a run may go on before its
// goroutine is left behind.
const AbandonTime = 2 * time.Second

// Operations of a [Command].
const (
	Load      = "load"      // open plugin File, whose package path is Path, and bind its variables
	Run       = "run"       // run the statements of the loaded plugin Path
	Interrupt = "interrupt" // stop the run with number ID
	Free      = "free"      // zero the variables of Slots and forget them; it has no report
	Ask       = "ask"       // answer question Path with argument Data; see ask.go
)

// A Command goes from the kernel to the worker.
type Command struct {
	Op   string `json:"op"`
	ID   int64  `json:"id"`             // number of the load or run; an interrupt names the run it is meant for
	File string `json:"file,omitempty"` // of a load
	Path string `json:"path,omitempty"` // of a load or run; the question of an ask

	Slots []int `json:"slots,omitempty"` // to be freed

	Args    []string        `json:"args,omitempty"`    // of a run: os.Args[1:]
	Profile string          `json:"profile,omitempty"` // of a run: file for a CPU profile
	Data    json.RawMessage `json:"data,omitempty"`    // of an ask: its argument

	ToFront
}

// Operations of a [Report].
const (
	Ready  = "ready"  // the worker reads commands; sent once
	Loaded = "loaded" // a load ended; Error is empty on success
	Done   = "done"   // a run ended, after the C library's buffers were flushed
	Answer = "answer" // to an ask: Data, or Error
)

// A Report goes from the worker to the kernel.
type Report struct {
	Op string `json:"op"`
	ID int64  `json:"id"` // of the command it answers

	Data json.RawMessage `json:"data,omitempty"` // of an answer

	// Of a load; Error also of an answer.
	Error   string `json:"error,omitempty"`
	Damaged bool   `json:"damaged,omitempty"` // the runtime refused the plugin: this process must not be used further

	// Of a run.
	Value       map[string]any `json:"value,omitempty"`    // mime bundle; binary types in base64
	Metadata    map[string]any `json:"metadata,omitempty"` // by mime type
	Errors      []Failure      `json:"errors,omitempty"`   // that the last expression returned, or that are unread
	Panic       *Panic         `json:"panic,omitempty"`
	Exit        *int           `json:"exit,omitempty"`        // cell code called os.Exit
	Interrupted bool           `json:"interrupted,omitempty"` // an interrupt arrived while it ran
	Abandoned   bool           `json:"abandoned,omitempty"`   // and it did not stop; its goroutine still runs
	Where       *Frame         `json:"where,omitempty"`       // the line of cell code that the interrupt found it in, when known
	Defined     []int          `json:"defined,omitempty"`     // slots of the variables whose defining statements ran

	FromFront
}

// A Failure is an error value as text.
type Failure struct {
	Type string `json:"type"` // "*strconv.NumError"
	Text string `json:"text"`
	Line int    `json:"line,omitempty"` // of the expression in its cell; 0 when unknown

	// Unread: not the value of an expression, but kept by a variable of Type that
	// no cell has asked for it.
	Unread bool `json:"unread,omitempty"`
}

// A Panic that reached the top of a cell.
type Panic struct {
	Text   string  `json:"text"` // as Go prints it after "panic: "
	Type   string  `json:"type"` // of the panic value: "runtime.boundsError"
	Goexit bool    `json:"goexit,omitempty"`
	Frames []Frame `json:"frames"` // innermost first, frames of the runtime and of the worker left out
	Cut    int     `json:"cut,omitempty"`
}

// A Frame is one call.
type Frame struct {
	Func string `json:"func"` // "cell/7.f"
	File string `json:"file"` // of a cell: as its //line directives say
	Line int    `json:"line"`
}
