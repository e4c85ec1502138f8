// Package gotool turns generated Go source into plugins that a running worker
// process can load, and builds that worker.
//
// It drives the Go toolchain of the user's machine. The slow parts are done once
// and kept in a cache folder: every package that cells may import is compiled in
// plugin form into a build cache of our own, and a table remembers where the
// result lies. After that a cell costs one run of the compiler and one of the
// linker, called directly:
//
//	tool, err := gotool.Open(ctx, gotool.Options{})
//	err = tool.Warm(ctx, func(done, total int, what string) { fmt.Println(done, total, what) })
//	worker, err := tool.Worker(ctx) // path of the executable
//	err = tool.Resolve(ctx, []string{"fmt", "gonum.org/v1/plot"})
//	a, err := tool.Compile(ctx, gotool.Unit{Path: "cell/7", File: "/tmp/nb/cell7.go", Imports: []string{"fmt"}})
//	plugin, err := tool.Link(ctx, a, "/tmp/nb/cell7.so")
//
// The main types: [Tool] is one toolchain with one cache; [Unit] is the source
// of a cell, [Archive] its compiled package, [Plugin] the file to load.
//
// # Cells
//
// A cell is one package named main with an import path of its own ("cell/7"),
// which is also its plugin path. It must declare "func main() {}". Its exported
// functions are found by plugin.Lookup, and later cells import it like any other
// package, under the path cell/7, for its types, constants and generic functions
// (an ordinary "go build" refuses to import a package main; the compiler itself
// does not mind). See [Tool.Compile] for the one obstacle.
//
// # What a plugin carries
//
// Little: the worker holds the packages that cells commonly import, whole, and a
// plugin refers to them there ([Plugin].Shared; resident.go says how). So a cell
// costs the same whatever it imports. Packages that the worker lacks are linked into
// the plugin, and a plugin that cannot be made so is linked with all it needs.
//
// # One set of packages
//
// Worker and plugins must agree on every package they share, otherwise the
// runtime refuses the plugin, and a refused plugin damages the process. So there
// is one table: the worker is linked from the very same compiled packages that
// the plugins are linked from, and both record the build ids of what they hold
// ([Plugin].Packages, [WorkerPackages]). A Tool never changes what it knows: when
// the sources of the toolkit change, the next Tool notices and makes a new table
// and a new worker.
//
// The worker's main package may use cgo. It is compiled like any package and
// started by a stub, so its import path, not "main", stands in its stack frames.
//
// # Modules of notebooks
//
// A [Module] is the go.mod of one notebook. It has the methods of a Tool that a
// compiler of cells needs, and adds to them what the notebook's cells import:
// fetched modules, local ones, and packages that change while the worker runs, of
// which a new version stands beside the old one under a path of its own.
//
//	m, err := tool.NewModule("/home/me/notebooks")
//	m.Progress = func(line string) { fmt.Println(line) }
//	err = m.Resolve(ctx, []string{"example.com/p"}) // go get, go list -export
//	changed, err := m.Refresh(ctx)                  // before each cell
//
// # Errors
//
// What is missing on the machine comes as [*Error] in four parts that end with
// what to do. Imports that cannot be found come as [ImportErrors]. When the
// compiler or linker rejects something, Error.Output holds its own words.
//
// All methods of Tool are safe for concurrent use, also by several processes
// with one cache folder.
package gotool
