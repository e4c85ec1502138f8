package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spikebook/spikebook/kernel/interrupt"
	"github.com/spikebook/spikebook/kernel/live"
	"github.com/spikebook/spikebook/kernel/worker/render"
	"github.com/spikebook/spikebook/kernel/worker/wire"
)

// Frames of a panic that are kept: a deep recursion has thousands.
const (
	innerFrames = 40
	outerFrames = 10
)

// guard calls the statements of a cell, fills report with what came of them, and
// calls finish: also when they panicked, or ended the goroutine by runtime.Goexit.
func guard(report *wire.Report, statements func() []any, finish func()) {
	returned := false
	defer finish()
	defer func() {
		switch v := recover(); {
		case v != nil:
			fillPanic(report, v)
		case !returned:
			report.Panic = &wire.Panic{Text: "runtime.Goexit called", Goexit: true, Frames: []wire.Frame{}}
		}
	}()
	// A fault at an address that is not nil, as a wrong unsafe.Pointer makes it,
	// becomes a panic instead of the end of the process.
	debug.SetPanicOnFault(true)
	values := statements()
	report.Value, report.Metadata, report.Errors = result(values)
	report.Errors = append(report.Errors, unread(report.Errors)...)
	returned = true
}

// result turns the values of the last expression into what is shown. An error
// that it returned stands among them as [live.Failed]; nil is nothing to show.
func result(values []any) (data, metadata map[string]any, failures []wire.Failure) {
	var shown []any
	for _, v := range values {
		switch v := v.(type) {
		case nil:
		case live.Failed:
			failures = append(failures, wire.Failure{Type: fmt.Sprintf("%T", v.Err), Text: render.ErrorText(v.Err), Line: v.Line})
		default:
			shown = append(shown, v)
		}
	}
	if len(shown) == 0 {
		return nil, nil, failures
	}
	data, metadata = render.Bundle(shown...)
	return data, metadata, failures
}

// fillPanic describes the panic value v in the deferred function that recovered it.
func fillPanic(report *wire.Report, v any) {
	switch v := v.(type) {
	case interrupt.Interrupted:
		// finish knows whether an interrupt was asked for. A cell that panics with
		// the value itself is shown as a panic.
		if interrupt.Requested() {
			report.Value, report.Errors = nil, nil
			frames, _ := callers()
			report.Where = cellFrame(frames)
			return
		}
	case live.Exited:
		report.Exit = &v.Code
		return
	case error:
		var stop interrupt.Interrupted
		if errors.As(v, &stop) && interrupt.Requested() {
			return
		}
		if errors.Is(v, flag.ErrHelp) {
			report.Exit = new(int) // -help, as a program ends by it
			return
		}
	}
	text, kind := panicText(v)
	frames, cut := callers()
	report.Panic = &wire.Panic{Text: text, Type: kind, Frames: frames, Cut: cut}
}

// panicText is the panic value as Go prints it, and its type. Methods of the
// value are user code and may panic themselves.
func panicText(v any) (text, kind string) {
	kind = fmt.Sprintf("%T", v)
	switch v := v.(type) {
	case error:
		return render.ErrorText(v), kind
	case fmt.Stringer:
		return render.Text(v), kind
	case string:
		return v, kind
	case bool, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, uintptr,
		float32, float64, complex64, complex128:
		return fmt.Sprint(v), kind
	}
	return fmt.Sprintf("(%s) %s", kind, render.Text(v)), kind
}

// callers lists the calls that led to the panic being recovered, innermost first,
// without those of the runtime and of this program.
func callers() (frames []wire.Frame, cut int) {
	pcs := make([]uintptr, 64)
	for {
		n := runtime.Callers(2, pcs)
		if n < len(pcs) || n > 1<<16 {
			pcs = pcs[:n]
			break
		}
		pcs = make([]uintptr, 2*len(pcs))
	}
	frames = []wire.Frame{}
	panicking := false
	for next := runtime.CallersFrames(pcs); ; {
		f, more := next.Next()
		switch {
		case f.Function == "runtime.gopanic":
			// What was called by deferred functions is of no interest.
			panicking, frames = true, frames[:0]
		case panicking && !hidden(f.Function):
			frames = append(frames, wire.Frame{Func: f.Function, File: f.File, Line: f.Line})
		}
		if !more {
			break
		}
	}
	if len(frames) > innerFrames+outerFrames {
		cut = len(frames) - innerFrames - outerFrames
		frames = append(frames[:innerFrames:innerFrames], frames[len(frames)-outerFrames:]...)
	}
	return frames, cut
}

// cellFrame is the innermost call in a cell, or nil.
func cellFrame(frames []wire.Frame) *wire.Frame {
	for i := range frames {
		if fromCell(frames[i].Func) {
			return &frames[i]
		}
	}
	return nil
}

// own is the prefix of this program's function names: "main." but for its tests.
var own string

func init() {
	name := runtime.FuncForPC(reflect.ValueOf(guard).Pointer()).Name()
	own = strings.TrimSuffix(name, "guard")
}

// hidden tells frames that say nothing to the author of a cell.
func hidden(function string) bool {
	for _, prefix := range []string{
		"runtime.", own + "(*server).", own + "guard", "github.com/spikebook/spikebook/kernel/live.",
		"github.com/spikebook/spikebook/kernel/interrupt.", "github.com/spikebook/spikebook/kernel/worker/render.",
	} {
		if strings.HasPrefix(function, prefix) {
			return true
		}
	}
	return false
}

// framesText is the frames as lines for stderr, those of cells as tracebacks
// name them.
func framesText(p *wire.Panic) string {
	var b strings.Builder
	for _, f := range p.Frames {
		if number, ok := strings.CutPrefix(f.File, "Cell["); ok {
			_, function, _ := strings.Cut(f.Func, ".")
			if strings.HasPrefix(function, "SpikebookRun") {
				fmt.Fprintf(&b, "    Cell [%s: Line %d\n", number, f.Line)
			} else {
				fmt.Fprintf(&b, "    Cell [%s: Line %d, in %s\n", number, f.Line, function)
			}
			continue
		}
		fmt.Fprintf(&b, "    %s:%d in %s\n", f.File, f.Line, f.Func)
	}
	return b.String()
}

// goroutinePanic reports a panic in a goroutine that cell code started.
func goroutinePanic(cell string, value any, _ []byte) {
	switch v := value.(type) {
	case live.Exited:
		fmt.Fprintf(os.Stderr, "os.Exit(%d) in a goroutine of %s: only the goroutine has ended\n", v.Code, cell)
		return
	case error:
		var stop interrupt.Interrupted
		if errors.As(v, &stop) {
			return
		}
	}
	text, _ := panicText(value)
	frames, cut := callers()
	fmt.Fprintf(os.Stderr, "panic in a goroutine of %s: %s\n%s", cell, text,
		framesText(&wire.Panic{Frames: frames, Cut: cut}))
}
