package comm

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
)

// Kinds of a [Message].
const (
	Opens    = "open"
	Messages = "msg"
	Closes   = "close"
)

// A Message is one step in the life of a comm, in either direction. The names of
// its JSON form are those of the worker's control pipe.
type Message struct {
	Kind     string          `json:"kind"`
	ID       string          `json:"id"`               // of the comm
	Target   string          `json:"target,omitempty"` // who is to take it; of an open
	Data     json.RawMessage `json:"data,omitempty"`
	Metadata json.RawMessage `json:"metadata,omitempty"`
	Buffers  [][]byte        `json:"buffers,omitempty"`
}

// An Event is a message from a front end.
type Event struct {
	Message
	Number int64 // by which the kernel knows it; see [Comm.Answer]
}

// A Receiver takes what front ends send to a comm.
type Receiver interface {
	// Arrive is called as soon as an event has arrived. It must not wait. What it
	// returns is done later, in turn; nil means that there is nothing to do.
	Arrive(Event) (work func())
}

// A Transport carries what this package sends. The worker has one.
type Transport interface {
	// Send sends a message. If event is not 0, the message answers that event.
	Send(m Message, event int64) error
	// Sync waits until everything sent and shown so far is published.
	Sync()
	// Ask asks the person at the front end for a line.
	Ask(prompt string, password bool) (string, error)
	// Next puts text into the cell below, or into the running one.
	Next(text string, replace bool) error
	// Clear empties the output of the running cell, or, if wait is set, when the next
	// output comes.
	Clear(wait bool)
	// Target tells that somebody takes, or no longer takes, comms for a target.
	Target(name string, taken bool)
	// Parent is the id of the message under which front ends show what is
	// printed now.
	Parent() string
}

// ErrNone is returned where there is no notebook.
var ErrNone = errors.New("this program does not run in a notebook of Spikebook")

// ErrClosed is returned for a comm that has been closed, by either side.
var ErrClosed = errors.New("the comm is closed; open another")

var state struct {
	sync.Mutex
	transport Transport
	comms     map[string]*Comm
	targets   map[string]func(*Comm, Event)
	before    []func() // called before the end of a cell
}

// Connect sets the way to the kernel. The worker calls it before any cell runs.
// Packages that the worker itself links have registered their targets by then; the
// kernel is told of these now.
func Connect(t Transport) {
	state.Lock()
	state.transport = t
	targets := slices.Sorted(maps.Keys(state.targets))
	state.Unlock()
	if t == nil {
		return
	}
	for _, name := range targets {
		t.Target(name, true)
	}
}

func transport() (Transport, error) {
	state.Lock()
	defer state.Unlock()
	if state.transport == nil {
		return nil, ErrNone
	}
	return state.transport, nil
}

// Available reports whether there is a notebook to talk with.
func Available() bool {
	t, _ := transport()
	return t != nil
}

// A Comm is one stream of messages.
type Comm struct {
	id, target string

	mu       sync.Mutex
	receiver Receiver
	onClose  func(Event)
	closed   bool
}

// ID names the comm; no two comms have the same.
func (c *Comm) ID() string { return c.id }

// Target is the name it was opened for.
func (c *Comm) Target() string { return c.target }

// Open opens a comm to front ends. data is anything that encodes as a JSON object.
func Open(target string, data any) (*Comm, error) {
	return OpenWith(target, data, nil, nil)
}

// OpenWith is Open for what needs more: metadata of the message, buffers of raw
// bytes, and a receiver, which may be nil.
func OpenWith(target string, data any, metadata map[string]any, r Receiver, buffers ...[]byte) (*Comm, error) {
	t, err := transport()
	if err != nil {
		return nil, fmt.Errorf("comm %s: cannot be opened: %w", target, err)
	}
	c := &Comm{id: NewID(), target: target, receiver: r}
	m, err := c.message(Opens, data, metadata, buffers)
	if err != nil {
		return nil, err
	}
	m.Target = target
	add(c)
	if err := t.Send(m, 0); err != nil {
		forget(c)
		return nil, fmt.Errorf("comm %s: %w", target, err)
	}
	return c, nil
}

// NewID returns 32 random hexadecimal digits.
func NewID() string {
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

func add(c *Comm) {
	state.Lock()
	defer state.Unlock()
	if state.comms == nil {
		state.comms = map[string]*Comm{}
	}
	state.comms[c.id] = c
}

func forget(c *Comm) {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	state.Lock()
	defer state.Unlock()
	delete(state.comms, c.id)
}

// message encodes data, which must be a JSON object or nil.
func (c *Comm) message(kind string, data any, metadata map[string]any, buffers [][]byte) (Message, error) {
	m := Message{Kind: kind, ID: c.id, Buffers: buffers}
	if data != nil {
		text, err := json.Marshal(data)
		if err != nil {
			return m, fmt.Errorf("comm %s: data of type %T cannot be sent: %w; give strings, numbers, lists and maps", c.target, data, err)
		}
		m.Data = text
	}
	if metadata != nil {
		text, err := json.Marshal(metadata)
		if err != nil {
			return m, fmt.Errorf("comm %s: metadata cannot be sent: %w; give strings, numbers, lists and maps", c.target, err)
		}
		m.Metadata = text
	}
	return m, nil
}

// Send sends a message to all front ends.
func (c *Comm) Send(data any, buffers ...[]byte) error { return c.Answer(Event{}, data, buffers...) }

// Answer is Send for a message that an event has caused: front ends see by it
// which of theirs is meant.
func (c *Comm) Answer(e Event, data any, buffers ...[]byte) error {
	t, err := transport()
	if err != nil {
		return err
	}
	c.mu.Lock()
	closed := c.closed
	c.mu.Unlock()
	if closed {
		return fmt.Errorf("comm %s: %w", c.target, ErrClosed)
	}
	m, err := c.message(Messages, data, nil, buffers)
	if err != nil {
		return err
	}
	return t.Send(m, e.Number)
}

// Close closes the comm in all front ends. Closing it again does nothing.
func (c *Comm) Close() error {
	t, err := transport()
	if err != nil {
		return err
	}
	c.mu.Lock()
	closed := c.closed
	c.mu.Unlock()
	if closed {
		return nil
	}
	forget(c)
	return t.Send(Message{Kind: Closes, ID: c.id}, 0)
}

// handler is a Receiver for which every event is work.
type handler func(Event)

func (h handler) Arrive(e Event) func() { return func() { h(e) } }

// OnMessage sets the function that is called with each message from a front end.
func (c *Comm) OnMessage(f func(Event)) { c.Receive(handler(f)) }

// Receive sets what takes the messages of front ends.
func (c *Comm) Receive(r Receiver) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.receiver = r
}

// OnClose sets the function that is called when a front end closes the comm.
func (c *Comm) OnClose(f func(Event)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.onClose = f
}

// Register sets who takes the comms that front ends open for a target: f is
// called with the new comm and the message that opened it, and sets a receiver.
// A nil f takes the registration back.
func Register(target string, f func(*Comm, Event)) {
	state.Lock()
	t := state.transport
	if state.targets == nil {
		state.targets = map[string]func(*Comm, Event){}
	}
	if f == nil {
		delete(state.targets, target)
	} else {
		state.targets[target] = f
	}
	state.Unlock()
	if t != nil {
		t.Target(target, f != nil)
	}
}

// Deliver takes an event from the kernel and returns the work that it causes. The
// worker calls it, for one event at a time, in order.
func Deliver(e Event) (work func()) {
	if e.Kind == Opens {
		return opened(e)
	}
	state.Lock()
	c := state.comms[e.ID]
	state.Unlock()
	if c == nil {
		return nil // closed here meanwhile
	}
	c.mu.Lock()
	receiver, onClose := c.receiver, c.onClose
	c.mu.Unlock()
	if e.Kind == Closes {
		forget(c)
		if onClose == nil {
			return nil
		}
		return func() { onClose(e) }
	}
	if receiver == nil { // who takes the comm has not been called yet
		return func() { c.late(e) }
	}
	return receiver.Arrive(e)
}

// late gives an event to the receiver that was set after it had arrived, if any.
func (c *Comm) late(e Event) {
	c.mu.Lock()
	receiver := c.receiver
	c.mu.Unlock()
	if receiver == nil {
		return
	}
	if work := receiver.Arrive(e); work != nil {
		work()
	}
}

// opened makes the comm that a front end opened, or closes it when nobody takes it.
func opened(e Event) func() {
	state.Lock()
	f, t := state.targets[e.Target], state.transport
	state.Unlock()
	if f == nil {
		if t != nil {
			t.Send(Message{Kind: Closes, ID: e.ID}, e.Number)
		}
		return nil
	}
	c := &Comm{id: e.ID, target: e.Target}
	add(c)
	return func() { f(c, e) }
}

// BeforeEnd registers a function that is called before the end of each cell is
// reported, and after each handler: it sends what waits to be sent.
func BeforeEnd(f func()) {
	state.Lock()
	defer state.Unlock()
	state.before = append(state.before, f)
}

// End calls the functions of [BeforeEnd]. The worker calls it.
func End() {
	state.Lock()
	list := state.before
	state.Unlock()
	for _, f := range list {
		f()
	}
}

// Sync waits until everything that was sent, printed and displayed so far is
// published.
func Sync() {
	if t, err := transport(); err == nil {
		t.Sync()
	}
}

// Ask asks the person at the front end for a line of text, while a cell runs. A
// password is not shown as it is typed.
func Ask(prompt string, password bool) (string, error) {
	t, err := transport()
	if err != nil {
		return "", err
	}
	return t.Ask(prompt, password)
}

// Next puts text into a new cell below the running one when that has ended, or
// replaces the text of the running one. Of several calls in a cell the last counts.
func Next(text string, replace bool) error {
	t, err := transport()
	if err != nil {
		return err
	}
	return t.Next(text, replace)
}

// Clear empties the output of the running cell: now, or when the next output comes,
// which then takes its place without a flicker.
func Clear(wait bool) error {
	t, err := transport()
	if err != nil {
		return err
	}
	t.Clear(wait)
	return nil
}

// Parent is the id of the message under which front ends show what is printed
// now; empty when it is not known.
func Parent() string {
	t, err := transport()
	if err != nil {
		return ""
	}
	return t.Parent()
}
