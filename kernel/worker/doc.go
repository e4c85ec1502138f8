// Package worker is the kernel's side of the process that holds a notebook's
// variables and runs its cells.
//
// The process itself is the program in kernel/worker/main, built on the user's
// machine. A [Worker] starts it, loads compiled cells into it, runs them, and
// explains its death. Around the process are these pipes:
//
//	descriptors 1, 2   what Go, C and child processes print
//	descriptor 3       commands: load, run, interrupt
//	descriptor 4       reports: loaded, done
//	GONB_PIPE          displays of gonbui, a gob stream (a named pipe)
//	GONB_PIPE_BACK     acknowledgements to gonbui (a named pipe)
//
// One goroutine, the pump, reads all of them, so that the process never waits
// for the kernel and the order is plain: text that was written before a display,
// or before the end of a cell, is read before it. What is read goes to an
// [Outlet], which puts text together into few messages, keeps to the rate limits
// of Jupyter servers ([Limits]), saves floods to a file, and calls the [Output]
// of the current cell, one call at a time.
//
// What cells say to front ends beside that, comms and questions, is reported on
// descriptor 4 too and goes to a [Front], in one order with what is printed. The
// answers and events come as commands, at any time. Pages of gonbui's widgets have a
// script of their own (browser.go).
//
// An interrupt sets a word that cell code looks at in loops and calls
// (package interrupt). A cell that waits, in a channel operation or a sleep, is
// left behind in its goroutine after 0.15 s, one that is busy in other code after
// 2 s: the cell has ended then, variables stay, and the goroutine ends when it next
// looks.
//
//	w, err := worker.Start(ctx, path, os.Environ(), dir)
//	…
//	if err := w.Load(ctx, plugin); err != nil {
//		return err // *Mismatch, *Died, or why it cannot be loaded
//	}
//	result, err := w.Run(ctx, plugin.Path, out)
//	if died := worker.IsDied(err); died != nil {
//		fmt.Println(died.Reason) // "stack overflow: …"
//	}
//
// Load and Run of a Worker are called one at a time, everything else from any
// goroutine. An Outlet may serve several workers, one after the other, and shell
// commands ([Outlet.Command]) between them.
package worker
