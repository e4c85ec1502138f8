package main

import (
	"fmt"
	"os"
	"runtime/pprof"
)

// profiled is a cell's statements under a CPU profile that goes to a file; without
// a file it is the statements themselves.
func profiled(file string, statements func() []any) func() []any {
	if file == "" {
		return statements
	}
	return func() []any {
		f, err := os.Create(file)
		if err == nil {
			err = pprof.StartCPUProfile(f)
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "no profile: %v\n", err)
			return statements()
		}
		defer f.Close()
		defer pprof.StopCPUProfile()
		return statements()
	}
}
