// Package gonb makes programs of cells, as the GoNB kernel does.
//
// There, nothing lives from cell to cell but the text of declarations. A [Memory]
// holds them by key: a name, or Type~Method. A cell is cut into declarations and
// statements by [Parse]; [Memory.With] lets its declarations replace those of the
// same key, and [Memory.Compose] writes all of them, and the cell's func main, as
// main.go and main_test.go. Each line of these files knows the line of the cell
// that it comes from ([Files.Place]), so that the words of the go command and of a
// dying program can be led back.
//
//	memory := gonb.Memory{}
//	cell, err := gonb.Parse(3, text, false)
//	next := memory.With(cell)
//	files, err := next.Compose(ctx, cell, resolver)
//	// write, build, run; then, if it compiles:
//	memory = next
//
// Live notebooks keep a Memory beside the worker, for what only a program can do:
// go test, the race detector, js/wasm, and the export as a module.
//
// The rules and the exact words of messages are those that GoNB v0.11.4 shows.
package gonb
