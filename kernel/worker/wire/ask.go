package wire

// Questions that a worker answers at any time, also while a cell runs. Argument
// and answer are JSON of the types below.
const (
	AskVars    = "vars"    // []Slot → []Variable
	AskSave    = "save"    // SaveArgs → SaveResult
	AskRestore = "restore" // SaveArgs → SaveResult
	AskEnv     = "env"     // []string of NAME=VALUE; NAME alone removes → nothing
	AskChdir   = "chdir"   // string → nothing
	AskJobs    = "jobs"    // nothing → []Job
	AskKill    = "kill"    // int64, the number of a run → int, how many goroutines
	AskMemory  = "memory"  // nothing → Memory
)

// A Slot is a variable to look at.
type Slot struct {
	Name   string `json:"name"`
	Number int    `json:"number"`
}

// A Variable is what a variable holds now.
type Variable struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"` // of everything reachable from it, each part once; an estimate
	Text  string `json:"text"`  // its value in one line, cut
	Kind  string `json:"kind"`  // reflect.Kind
	Shape string `json:"shape"` // "784×20000", "12 entries"; empty for single values
}

// SaveArgs name variables and a file.
type SaveArgs struct {
	File  string `json:"file"`
	Slots []Slot `json:"slots"`
}

// SaveResult says what could be saved or restored.
type SaveResult struct {
	Done []string          `json:"done"`
	Left map[string]string `json:"left"` // name → why not
}

// A Job is the goroutines that one run of a cell has left.
type Job struct {
	Run    int64    `json:"run"`
	Count  int      `json:"count"`
	Places []string `json:"places"` // "Cell[3]:7, chan receive", each once
}

// Memory is what the worker's process uses, in bytes.
type Memory struct {
	Heap    uint64 `json:"heap"`    // live objects
	System  uint64 `json:"system"`  // taken from the system by the Go runtime
	Private uint64 `json:"private"` // resident and of this process alone
	Shared  uint64 `json:"shared"`  // resident and backed by files: code of cells
	Gos     int    `json:"gos"`     // goroutines
}
