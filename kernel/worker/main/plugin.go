package main

import (
	"fmt"
	"plugin"
)

// openPlugin loads a compiled cell. Its package initialisers run here; the kernel
// makes cells without any, so only imported packages have work to do.
var openPlugin = func(file string) (cell, error) { // a variable for tests
	p, err := plugin.Open(file)
	if err != nil {
		return cell{}, err
	}
	load, err := p.Lookup("SpikebookLoad")
	if err != nil {
		return cell{}, err
	}
	run, err := p.Lookup("SpikebookRun")
	if err != nil {
		return cell{}, err
	}
	c := cell{}
	var ok bool
	if c.load, ok = load.(func()); !ok {
		return cell{}, fmt.Errorf("%s: SpikebookLoad is a %T, want func()", file, load)
	}
	if c.run, ok = run.(func() []any); !ok {
		return cell{}, fmt.Errorf("%s: SpikebookRun is a %T, want func() []any", file, run)
	}
	return c, nil
}
