package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/spikebook/spikebook/kernel/live"
)

// Flags of cells. In a program a flag is defined once; in a notebook its cell is
// run again, and package flag panics at the second definition of a name. So each
// run begins with an empty flag.CommandLine, and before func main runs, the flags
// of earlier cells are put beside those that the run has defined. All of them
// start from their defaults, in the memory that cells point to.
var flags struct {
	mu    sync.Mutex
	known map[string]*flag.Flag // of all cells, the newest of each name
	begun *flag.FlagSet         // of the current run
}

// newArguments gives a run its os.Args and flags.
func newArguments(args []string) {
	flags.mu.Lock()
	defer flags.mu.Unlock()
	rememberFlags()
	os.Args = append([]string{programName}, args...)
	// An error of Parse panics and so ends the cell; to end the process would
	// end the notebook.
	flags.begun = flag.NewFlagSet(programName, flag.PanicOnError)
	flag.CommandLine = flags.begun
	flag.CommandLine.Usage = func() { flag.Usage() }
}

const programName = "cell"

// rememberFlags keeps what the last run has defined. The caller holds the lock.
func rememberFlags() {
	if flags.begun == nil {
		return
	}
	flags.begun.VisitAll(func(f *flag.Flag) {
		if flags.known == nil {
			flags.known = map[string]*flag.Flag{}
		}
		flags.known[f.Name] = f
	})
}

// beforeMain adds the flags of earlier cells and sets all to their defaults.
func beforeMain() {
	flags.mu.Lock()
	defer flags.mu.Unlock()
	set := flag.CommandLine
	for name, f := range flags.known {
		if set.Lookup(name) == nil {
			set.Var(f.Value, f.Name, f.Usage)
			set.Lookup(name).DefValue = f.DefValue
		}
	}
	set.VisitAll(toDefault)
}

// toDefault sets a flag to its default. A flag that calls a function has none,
// and a value of the user's own may refuse; then it stays as it is.
func toDefault(f *flag.Flag) {
	if strings.Contains(strings.ToLower(fmt.Sprintf("%T", f.Value)), "func") {
		return
	}
	defer func() { _ = recover() }()
	f.Value.Set(f.DefValue)
}

func init() { live.OnMain(beforeMain) }
