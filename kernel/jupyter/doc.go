// Package jupyter speaks the Jupyter messaging protocol on behalf of an
// [Evaluator]. It knows nothing of Go cells: it binds the five sockets of a
// connection file, checks and signs messages, keeps their order, and calls
// the evaluator for one cell at a time.
//
// # One request
//
// A request arrives on shell or control, its signature is verified before
// anything is parsed, and then this is published and sent, in this order:
//
//	busy → execute_input → output … → reply on the same socket → idle
//
// Idle means that everything the request caused has been published. Requests
// on shell are served in order of arrival, control requests at once, also
// while a cell runs; the heartbeat depends on nothing. When a cell fails,
// the execute requests that wait are answered as aborted, other requests are
// served.
//
// # While people write
//
// Completion and help on names are asked of an evaluator that is a [Completer]
// and an [Inspector], with cursors in bytes; on the wire they count code points.
// They never fail: a mistake of ours is an empty answer. Inputs that count are
// kept in a file that all kernels of a user share (history.go), each line
// before it runs.
//
// # Sockets
//
// Sockets are those of go-zeromq/zmq4, which gets its connections from a
// [gate]: a listener that performs each client's handshake in a goroutine of
// its own with a deadline, and connections that queue what is written. So a
// client that stays silent, sends garbage or stops reading delays nobody.
//
// # Use
//
//	conn, err := jupyter.ReadConnection(file)
//	…
//	k, err := jupyter.NewKernel(jupyter.Options{Connection: conn, Evaluator: e, Log: log.Printf})
//	…
//	err = k.Run(ctx) // until a client asks for a shutdown
//
// A Kernel's methods may be called from any goroutine.
package jupyter
