package live

import (
	"runtime"
	"sync/atomic"

	"github.com/spikebook/spikebook/kernel/interrupt"
)

// Exited is the panic value of [Exit].
type Exited struct{ Code int }

// Error implements error.
func (Exited) Error() string { return "os.Exit called" }

// Exit takes the place of os.Exit in cell code: it ends the cell, or the
// goroutine it is called in, and leaves the worker and its variables alive.
func Exit(code int) { panic(Exited{code}) }

// report is called with panics of goroutines; set by [OnPanic].
var report atomic.Pointer[func(cell string, value any, stack []byte)]

// OnPanic sets the function that is told about a panic in a goroutine that cell
// code started. The worker sets it once; without it the panic is printed to
// standard error in few words. stack is the text that runtime.Stack gives.
func OnPanic(f func(cell string, value any, stack []byte)) { report.Store(&f) }

// Recover ends a goroutine of a cell after a panic, in place of the process. The
// kernel rewrites
//
//	go f(x)
//
// so that the goroutine begins with
//
//	defer live.Recover("Cell[3]")
//
// It must be deferred directly: a recover further down the stack has no effect.
// An interrupt ends the goroutine silently, any other value is reported under
// the cell's name.
func Recover(cell string) {
	value := recover()
	if value == nil {
		return
	}
	if _, ok := value.(interrupt.Interrupted); ok {
		return
	}
	stack := make([]byte, 64<<10)
	stack = stack[:runtime.Stack(stack, false)]
	if f := report.Load(); f != nil {
		(*f)(cell, value, stack)
		return
	}
	// Without fmt: the builtin knows how to print a few kinds.
	switch v := value.(type) {
	case error:
		println("panic in a goroutine of", cell+":", v.Error())
	case string:
		println("panic in a goroutine of", cell+":", v)
	default:
		println("panic in a goroutine of", cell)
	}
	println(string(stack))
}
