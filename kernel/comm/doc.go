// Package comm is how code in the worker talks with the front ends of a
// notebook, beside printing and displaying: comms, questions to the person who
// runs a cell, and what the reply to a cell asks of the front end.
//
// A comm is a named stream of messages that either side may open:
//
//	c, err := comm.Open("clock", map[string]any{"zone": "UTC"})
//	…
//	c.OnMessage(func(e comm.Event) { fmt.Println(string(e.Data)) })
//	err = c.Send(map[string]any{"time": 12.5})
//
//	comm.Register("clock", func(c *comm.Comm, e comm.Event) { … }) // opened by a front end
//
// # Order
//
// What is sent here stands in one order with what a cell has printed and
// displayed before. [Sync] waits until all of it is published.
//
// Events arrive also while a cell runs or waits. A [Receiver] sees each at once,
// in the order in which front ends sent them, and returns the work that it
// causes: user code. Work is done one piece after the other in one goroutine,
// beside the cell, so handlers that share variables with a running cell need a
// lock. An interrupt ends the work that is being done; the next event is served.
//
// # Questions
//
// [Ask] shows a field for a line of text under the running cell. Package
// display/dialog is the way to it for users.
//
// The package is a leaf, like package interrupt: the toolkit may import it, and
// the worker connects it ([Connect]). Without a worker [Available] is false, and
// what is opened or asked gives [ErrNone]. All functions may be called from any
// goroutine.
package comm
