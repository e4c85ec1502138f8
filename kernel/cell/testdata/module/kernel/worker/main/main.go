// Command main stands in for the worker in the tests of package cell. It reads
// commands from standard input, one a line, and answers on descriptor 3:
//
//	load FILE   opens a plugin and binds its variables
//	run FILE    runs its cell
//	free N      zeroes the variable of a slot and forgets it
//	heap        tells how many MB of the heap are in use
//	interrupt   sets the word that running code watches, in 50 ms
//
// An answer ends in a line "done". Values are printed with %v, one a line; a run
// begins with the slots that it has defined.
package main

import (
	"bufio"
	"fmt"
	"os"
	"plugin"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/spikebook/spikebook/kernel/interrupt"
	"github.com/spikebook/spikebook/kernel/live"
)

var answer = os.NewFile(3, "answer")

func main() {
	live.OnPanic(func(cell string, value any, stack []byte) {
		fmt.Printf("panic in a goroutine of %s: %v\n", cell, value)
	})
	plugins := map[string]*plugin.Plugin{}
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		verb, file, _ := strings.Cut(in.Text(), " ")
		switch verb {
		case "load":
			p, err := plugin.Open(file)
			if err == nil {
				plugins[file] = p
				var sym plugin.Symbol
				if sym, err = p.Lookup("SpikebookLoad"); err == nil {
					sym.(func())()
				}
			}
			if err != nil {
				fmt.Fprintln(answer, "load:", err)
			}
		case "run":
			sym, err := plugins[file].Lookup("SpikebookRun")
			if err != nil {
				fmt.Fprintln(answer, "run:", err)
				break
			}
			run(sym.(func() []any))
		case "free":
			n, _ := strconv.Atoi(file)
			reflect.ValueOf(live.Lookup(n)).Elem().SetZero()
			live.Drop(n)
		case "heap":
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			fmt.Fprintln(answer, m.HeapAlloc>>20)
		case "interrupt":
			time.AfterFunc(50*time.Millisecond, interrupt.Set)
		}
		runtime.GC()
		fmt.Fprintln(answer, "done")
	}
}

func run(f func() []any) {
	defer interrupt.Clear()
	live.TakeDefined()
	defer func() { fmt.Fprintln(answer, "defined", live.TakeDefined()) }()
	defer func() {
		r := recover()
		switch r := r.(type) {
		case nil:
		case interrupt.Interrupted:
			fmt.Fprintln(answer, "interrupted")
		case live.Exited:
			fmt.Fprintln(answer, "exit", r.Code)
		default:
			where := ""
			var pcs [50]uintptr
			frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
			for {
				fr, more := frames.Next()
				if strings.HasPrefix(fr.File, "Cell[") {
					where = fmt.Sprintf(" at %s:%d", fr.File, fr.Line)
					break
				}
				if !more {
					break
				}
			}
			fmt.Fprintf(answer, "panic: %v%s\n", r, where)
		}
	}()
	for _, v := range f() {
		if failed, ok := v.(live.Failed); ok {
			fmt.Fprintf(answer, "failed: line %d: %s: %v\n", failed.Line, failed.Call, failed.Err)
			continue
		}
		fmt.Fprintf(answer, "=> %v\n", v)
	}
}
