package interrupt

import "sync/atomic"

// word is 0 while work may go on. A package that several plugins share has one
// copy of its data, so this is the same word in the worker and in all cells.
var word atomic.Uint32

// Requested reports whether running code should stop. It is inlined: two atomic
// loads, no more unless an interrupt is under way.
func Requested() bool { return word.Load()|left.Load() != 0 && requested() }

// Word returns the watched word, for code that polls it from C or from a device
// thread: nonzero means stop.
func Word() *atomic.Uint32 { return &word }

// Set asks running code to stop.
func Set() { word.Store(1) }

// Clear lets code run again. The worker calls it before each cell.
func Clear() { word.Store(0) }

// Interrupted is the value that [Panic] panics with. Libraries that watch the
// word without panicking return it as their error.
type Interrupted struct{}

// Error implements error.
func (Interrupted) Error() string { return "interrupted" }

// Panic ends the calling goroutine's cell code. The worker recovers the value
// and reports the cell as interrupted; deferred functions of the cell run.
func Panic() { panic(Interrupted{}) }
