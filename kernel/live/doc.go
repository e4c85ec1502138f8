// Package live keeps the variables of a notebook's cells.
//
// The worker process and every cell link it. A top-level variable of a cell is
// one heap cell, named by a slot number that the kernel hands out. Generated
// code binds its pointers when the cell is loaded, before any of the user's
// statements runs:
//
//	var Ꞌx *int
//
//	func SpikebookLoad() { Ꞌx = live.Bind[int](3) }
//	func SpikebookRun() []any { *Ꞌx = *Ꞌx + 1; return []any{*Ꞌx} }
//
// A later cell that uses x binds the same slot and sees the same memory. [Carry]
// binds a slot to the memory of another one, for variables of a type that was
// declared again, [Renew] does the same for values behind interfaces, and [Defined]
// notes which definitions have run. The package also holds what cell code needs to
// end well: [Recover] for the goroutines it starts and [Exit] in place of os.Exit.
//
// The package avoids fmt and the like, since each cell carries its own copy of
// the machine code of what it imports. All functions are safe for concurrent use.
package live
