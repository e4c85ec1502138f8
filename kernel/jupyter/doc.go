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
// # Talking with cells
//
// An evaluator that is a [Communicator] has comms. Their messages do not wait
// behind cells once a comm is open: they are passed on at once, in their order, and
// the evaluator tells when the work of each is done (comm.go). A cell may ask the
// person who sent it ([Request].Ask, stdin.go): the question goes to that front end
// only, and an answer to another question is dropped. An evaluator that is a
// [Calculator] knows the value of expressions.
//
// Subshells (subshell.go) serve requests beside the main shell; cells still run one
// at a time. Who subscribes to iopub gets a welcome first (conn.go).
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
