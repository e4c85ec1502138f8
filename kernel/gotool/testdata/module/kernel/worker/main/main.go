// Command main stands in for the worker: it loads the plugins it is given, runs
// each and prints the values of its last expression.
package main

import (
	"fmt"
	"os"
	"plugin"
	"runtime"
	"time"

	"github.com/spikebook/spikebook/kernel/clib"
	"github.com/spikebook/spikebook/kernel/interrupt"
	"github.com/spikebook/spikebook/kernel/live"
)

func main() {
	fmt.Println("six by C:", clib.Six(), "interrupted:", interrupt.Requested())
	for _, file := range os.Args[1:] {
		if err := load(file); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
	}
	fmt.Println("slots:", len(live.Slots()))
}

func load(file string) (err error) {
	start := time.Now()
	p, err := plugin.Open(file)
	if err != nil {
		return err
	}
	opened := time.Since(start)
	for _, name := range []string{"SpikebookLoad", "SpikebookRun"} {
		sym, err := p.Lookup(name)
		if err != nil {
			return err
		}
		switch f := sym.(type) {
		case func():
			f()
		case func() []any:
			fmt.Println("values:", show(f))
		}
	}
	for range 3 {
		runtime.GC()
	}
	fmt.Fprintln(os.Stderr, "open:", opened)
	return nil
}

func show(f func() []any) (text string) {
	defer func() {
		if r := recover(); r != nil {
			var pcs [20]uintptr
			frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
			for {
				fr, more := frames.Next()
				if fr.Function != "" && fr.File != "" && fr.File[0] == 'C' {
					text += fmt.Sprintf("%v at %s:%d in %s", r, fr.File, fr.Line, fr.Function)
					return
				}
				if !more {
					break
				}
			}
			text = fmt.Sprint("panic: ", r)
		}
	}()
	return fmt.Sprintf("%v", f())
}
