package wire

import "github.com/spikebook/spikebook/kernel/comm"

// Operations by which cell code and front ends talk. Those with two sides have
// one name in both directions.
const (
	// A report: cell code reads standard input and there is nothing, or it asks a
	// question. A command: the answer to the report with this ID; ID 0 is a line
	// for standard input that gonbui has asked for.
	Input = "input"

	// A report: a message to front ends. A command: event ID from a front end.
	Comm = "comm"

	// A report: the work that event ID caused is done.
	Handled = "handled"

	// A report: tell when everything before this is published. A command: it is.
	Sync = "sync"

	// A report: the reply to the cell shall give the next cell's text.
	Next = "next"

	// A report: somebody takes comms of front ends for target Text, or no longer.
	Target = "target"

	// A report: the output is to be cleared.
	Clear = "clear"

	// A command: stop the work of events.
	StopEvents = "stop events"
)

// ToFront holds the parts of a [Command] for the operations of this file. It is
// named for the worker's side that serves them.
type ToFront struct {
	Comm   *comm.Message `json:"comm,omitempty"`
	Parent string        `json:"parent,omitempty"` // of a run or an event: id of the message under which output appears from now on
	Text   string        `json:"text,omitempty"`   // the line of an answered input
	Refuse string        `json:"refuse,omitempty"` // why there is none
}

// FromFront holds the parts of a [Report] for the operations of this file.
type FromFront struct {
	Comm  *comm.Message `json:"comm,omitempty"`
	Event int64         `json:"event,omitempty"` // that a comm message answers
	Ask   *Question     `json:"ask,omitempty"`   // of an input; nil: standard input is read
	Text  string        `json:"text,omitempty"`  // of a next
	Taken bool          `json:"taken,omitempty"` // of a target, whose name is Text
	Swap  bool          `json:"swap,omitempty"`  // of a next: replaces the running cell
	Wait  bool          `json:"wait,omitempty"`  // of a clear: until the next output comes
}

// A Question is put to the person at the front end.
type Question struct {
	Prompt   string `json:"prompt"`
	Password bool   `json:"password,omitempty"` // the answer is not shown
}

// AskShow is the question for a variable's value: [Show], answered by [Shown].
const AskShow = "show"

// Show names what is to be shown.
type Show struct {
	Slot  int    `json:"slot"`
	Steps []Step `json:"steps,omitempty"` // from the variable to the part that is meant
	Quiet bool   `json:"quiet,omitempty"` // in few words, without calling methods
}

// Shown is a value as front ends show it.
type Shown struct {
	Data     map[string]any `json:"data"`     // mime bundle; binary types in base64
	Metadata map[string]any `json:"metadata"` // by mime type
}

// A Step leads from a value to a part of it. Exactly one field is used.
type Step struct {
	Field string  `json:"field,omitempty"`
	Index *int    `json:"index,omitempty"` // of a slice, array, string or map of integers
	Key   *string `json:"key,omitempty"`   // of a map of strings
	Deref bool    `json:"deref,omitempty"`
}
