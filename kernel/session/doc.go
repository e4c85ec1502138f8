// Package session is the life of one notebook: it takes the text of cells and
// gives back what they show.
//
// A [Session] owns a compiler (package cell), a worker process (package worker)
// and the outlet through which everything is shown. [Session.Execute] takes a
// cell through all stages:
//
//	commands %env, %get, !command …, in order, once the cell's syntax is right
//	build    split, check, rewrite, compile, link; nothing for an unchanged cell
//	load     into the worker; the cell's declarations are known from here on
//	run      its statements
//	drain    everything it printed and displayed has been published
//
// A mistake that the compiler finds changes nothing. A panic, an interrupt or a
// returned error ends the cell and keeps what it had assigned. When the worker
// dies the result names the reason and the variables that are gone, another
// worker is started, functions and types come back in it, and the next cell runs;
// %restore runs the cells again that defined the variables (restore.go).
//
//	tool, err := gotool.Open(ctx, gotool.Options{})
//	…
//	s := session.New(session.Options{Tool: tool, Dir: "."})
//	defer s.Close()
//	result := s.Execute(ctx, session.Request{Code: "x := 6\nx * 7", Count: 1}, out)
//	fmt.Println(result.Value.Data["text/plain"]) // 42
//
// [Session.Complete] and [Session.Inspect] answer what people ask while they
// write a cell, and a cell that ends in "name?" has the answer in its result.
//
// Cells and front ends talk over comms ([Session.Comm]), also while a cell runs;
// what a handler prints between cells appears under the cell that opened the comm.
// [Session.Evaluate] gives the values of expressions: variables and their parts are
// read from the worker, the rest is compiled together.
//
// All methods may be called from any goroutine. Cells run one at a time; an
// Execute that comes while another runs waits.
package session
