// Command main is the worker of a notebook: the process that holds every
// variable and runs every cell.
//
// It is built on the user's machine, by the toolchain that compiles the cells,
// because Go loads a plugin only into a program that was built alike. The kernel
// starts it (package worker on the kernel's side), gives it two control pipes
// beside its standard streams (package wire says what they carry) and the named
// pipes of gonbui. The worker ends when its command pipe ends, hence also when
// the kernel is killed.
//
// User code is free to crash this process. What can be survived is: panics of
// cells and of goroutines that cells start, faults of Go code, os.Exit in cell
// code. What cannot is explained by the kernel: C crashes, os.Exit in libraries,
// stack overflow, unsynchronised maps.
package main

import (
	"encoding/gob"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/janpfeifer/gonb/gonbui"

	"github.com/spikebook/spikebook/kernel/worker/wire"
)

func main() {
	// Children of cells must not hold the control pipes open, nor write to them.
	syscall.CloseOnExec(wire.CommandFD)
	syscall.CloseOnExec(wire.ReportFD)
	commands := os.NewFile(wire.CommandFD, "commands")
	reports := os.NewFile(wire.ReportFD, "reports")

	debug.SetMaxStack(wire.MaxStack)
	lineBufferC()
	openDisplays()

	s := newServer(reports, openPlugin)
	// A Ctrl-C that reaches this process is an interrupt. Notify, not Ignore: an
	// ignored signal would stay ignored in the programs that cells start.
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	go func() {
		for range interrupts {
			s.interrupt(0)
		}
	}()
	s.serve(commands)
}

// openDisplays connects gonbui before any cell runs. Its encoder belongs to this
// process alone: a child that inherited the variables and displayed something
// would garble the stream, so they are removed from the environment (rule O-10).
func openDisplays() {
	// Displays may carry nested metadata, such as the size of an image.
	gob.Register(map[string]any{})
	gob.Register([]any{})
	if !gonbui.IsNotebook {
		return
	}
	if err := gonbui.Open(); err != nil {
		os.Stderr.WriteString("spikebook: displays will not work: " + err.Error() + "\n")
	}
	os.Unsetenv("GONB_PIPE")
	os.Unsetenv("GONB_PIPE_BACK")
}
