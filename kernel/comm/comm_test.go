package comm

import (
	"encoding/json"
	"errors"
	"reflect"
	"sync"
	"testing"
)

// wire keeps what is sent.
type wire struct {
	mu   sync.Mutex
	sent []Message
	to   []int64 // events that are answered

	targets []string // that are taken or, with a minus, no longer
}

func (w *wire) Send(m Message, event int64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent, w.to = append(w.sent, m), append(w.to, event)
	return nil
}
func (w *wire) Sync()                                     {}
func (w *wire) Ask(prompt string, _ bool) (string, error) { return "answer to " + prompt, nil }
func (w *wire) Next(string, bool) error                   { return nil }
func (w *wire) Clear(bool)                                {}
func (w *wire) Target(name string, taken bool) {
	if !taken {
		name = "-" + name
	}
	w.targets = append(w.targets, name)
}
func (w *wire) Parent() string { return "parent" }

func connected(t *testing.T) *wire {
	w := &wire{}
	Connect(w)
	t.Cleanup(func() { Connect(nil) })
	return w
}

func event(kind, id, data string, number int64) Event {
	return Event{Message: Message{Kind: kind, ID: id, Target: "t", Data: json.RawMessage(data)}, Number: number}
}

func do(work func()) {
	if work != nil {
		work()
	}
}

func TestWithoutANotebook(t *testing.T) {
	if Available() {
		t.Fatal("available without a worker")
	}
	if _, err := Open("t", nil); !errors.Is(err, ErrNone) {
		t.Errorf("Open: %v, want ErrNone", err)
	}
	if _, err := Ask("?", false); !errors.Is(err, ErrNone) {
		t.Errorf("Ask: %v, want ErrNone", err)
	}
	if err := Next("x", false); !errors.Is(err, ErrNone) {
		t.Errorf("Next: %v, want ErrNone", err)
	}
	Sync()
	if data, _ := Bundle(3); data["text/plain"] != "3" {
		t.Errorf("Bundle: %v", data)
	}
}

// Packages register their targets when they are initialised, which may be before
// there is a way to the kernel.
func TestTargetsAreToldWhenTheWayIsThere(t *testing.T) {
	take := func(*Comm, Event) {}
	Register("b", take)
	Register("a", take)
	Register("gone", take)
	Register("gone", nil)
	w := connected(t)
	Register("later", take)
	for _, name := range []string{"a", "b", "later"} {
		Register(name, nil)
	}
	if want := []string{"a", "b", "later", "-a", "-b", "-later"}; !reflect.DeepEqual(w.targets, want) {
		t.Errorf("told of %q, want %q", w.targets, want)
	}
}

func TestLifeOfAComm(t *testing.T) {
	w := connected(t)
	c, err := Open("t", map[string]int{"n": 1})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	c.OnMessage(func(e Event) {
		got = append(got, string(e.Data))
		if err := c.Answer(e, map[string]string{"re": "x"}, []byte{1}); err != nil {
			t.Error(err)
		}
	})
	c.OnClose(func(Event) { got = append(got, "closed") })
	work := Deliver(event(Messages, c.ID(), `{"a":1}`, 5))
	if len(got) != 0 {
		t.Error("the work is done on arrival")
	}
	do(work)
	do(Deliver(event(Messages, "another", `{}`, 6)))
	do(Deliver(event(Closes, c.ID(), `{}`, 7)))
	do(Deliver(event(Messages, c.ID(), `{"late":1}`, 8)))
	if want := []string{`{"a":1}`, "closed"}; !reflect.DeepEqual(got, want) {
		t.Errorf("heard %v, want %v", got, want)
	}
	if err := c.Send(nil); !errors.Is(err, ErrClosed) {
		t.Errorf("Send after close: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Errorf("Close again: %v", err)
	}
	if len(w.sent) != 2 || w.sent[0].Kind != Opens || string(w.sent[0].Data) != `{"n":1}` ||
		string(w.sent[1].Data) != `{"re":"x"}` || !reflect.DeepEqual(w.to, []int64{0, 5}) {
		t.Errorf("sent %v to %v", w.sent, w.to)
	}
}

func TestTargets(t *testing.T) {
	w := connected(t)
	var got []string
	Register("t", func(c *Comm, e Event) {
		got = append(got, "open "+string(e.Data))
		c.OnMessage(func(e Event) { got = append(got, string(e.Data)) })
	})
	// The message has arrived before anybody was asked to take the comm.
	opening := Deliver(event(Opens, "f1", `{"x":1}`, 1))
	message := Deliver(event(Messages, "f1", `{"y":2}`, 2))
	do(opening)
	do(message)
	if want := []string{`open {"x":1}`, `{"y":2}`}; !reflect.DeepEqual(got, want) {
		t.Errorf("heard %v, want %v", got, want)
	}
	Register("t", nil)
	do(Deliver(event(Opens, "f2", `{}`, 3)))
	if n := len(w.sent); n != 1 || w.sent[0].Kind != Closes || w.sent[0].ID != "f2" || w.to[0] != 3 {
		t.Errorf("an unknown target is answered by %v", w.sent)
	}
}

func TestDataThatJSONHasNoFormFor(t *testing.T) {
	connected(t)
	if _, err := Open("t", map[string]any{"f": func() {}}); err == nil {
		t.Error("a function was sent")
	}
	c, err := Open("t", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Send(make(chan int)); err == nil {
		t.Error("a channel was sent")
	}
}
