package widget

import (
	"encoding/json"
	"fmt"
	"iter"
	"reflect"
	"time"

	"github.com/spikebook/spikebook/kernel/interrupt"
)

// A Control is a widget that holds a value, which people change in front ends and
// programs by Set.
type Control[T any] struct {
	shown
	trait  string                           // that holds the value
	encode func(T) any                      // to JSON; nil: as it is
	decode func(json.RawMessage) (T, error) // from JSON; nil: as it is
	valid  func(T) error                    // nil: all values are

	// Guarded by the model's lock.
	value    T
	handlers []func(T)
	changed  chan struct{} // closed when the value changes
}

func newControl[T any](m *model, trait string, first T) *Control[T] {
	c := &Control[T]{shown: shown{m}, trait: trait, value: first, changed: make(chan struct{})}
	m.update = c.update
	m.state[trait] = first
	return c
}

// Get returns the value.
func (c *Control[T]) Get() T {
	c.m.mu.Lock()
	defer c.m.mu.Unlock()
	return c.value
}

// Set changes the value, here and in all front ends, and calls the functions of
// OnChange. A value that the widget cannot have is a mistake (see Err).
func (c *Control[T]) Set(v T) *Control[T] {
	if c.valid != nil {
		if err := c.valid(v); err != nil {
			c.m.mistake("%w", err)
			return c
		}
	}
	c.m.mu.Lock()
	if reflect.DeepEqual(c.value, v) {
		c.m.mu.Unlock()
		return c
	}
	handlers := c.take(v)
	sent := c.m.assign(c.trait, c.wire(v))
	c.m.mu.Unlock()
	if sent {
		later(c.m)
	}
	for _, f := range handlers {
		f(v)
	}
	return c
}

// take stores a new value and tells who waits for one; the lock is held.
func (c *Control[T]) take(v T) (handlers []func(T)) {
	c.value = v
	close(c.changed)
	c.changed = make(chan struct{})
	return c.handlers[:len(c.handlers):len(c.handlers)]
}

// wire is a value as front ends know it.
func (c *Control[T]) wire(v T) any {
	if c.encode != nil {
		return c.encode(v)
	}
	return v
}

// update takes over a value from a front end; the lock is held.
func (c *Control[T]) update(trait string, raw json.RawMessage) (work func(), err error) {
	if trait != c.trait {
		return nil, nil
	}
	var v T
	if c.decode != nil {
		v, err = c.decode(raw)
	} else {
		err = json.Unmarshal(raw, &v)
	}
	if err == nil && c.valid != nil {
		err = c.valid(v)
	}
	if err != nil || reflect.DeepEqual(c.value, v) {
		return nil, err
	}
	handlers := c.take(v)
	return func() {
		for _, f := range handlers {
			f(v)
		}
	}, nil
}

// OnChange adds a function that is called with each new value: of front ends in
// the goroutine that serves events, also while a cell runs; of Set by who calls it.
func (c *Control[T]) OnChange(f func(T)) *Control[T] {
	if f == nil {
		c.m.mistake("OnChange got nil, want a function; leave the call out")
		return c
	}
	c.m.mu.Lock()
	defer c.m.mu.Unlock()
	c.handlers = append(c.handlers, f)
	return c
}

// Changes waits for new values in a loop of a cell, which ends by break or by the
// stop button. Values that follow each other faster than the loop are left out.
//
//	for v := range gain.Changes() {
//		fmt.Println(v)
//	}
func (c *Control[T]) Changes() iter.Seq[T] {
	return func(yield func(T) bool) {
		c.m.mu.Lock()
		wait := c.changed
		c.m.mu.Unlock()
		for {
			await(wait)
			c.m.mu.Lock()
			v := c.value
			wait = c.changed
			c.m.mu.Unlock()
			if !yield(v) {
				return
			}
		}
	}
}

// await waits until done is closed, and looks for the stop button meanwhile.
func await(done <-chan struct{}) {
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-done:
			return
		case <-look.C:
			if interrupt.Requested() {
				interrupt.Panic()
			}
		}
	}
}

// Label sets the text beside the widget.
func (c *Control[T]) Label(text string) *Control[T] {
	c.m.set("description", text)
	return c
}

// Tooltip sets the text that appears while the pointer rests on the widget.
func (c *Control[T]) Tooltip(text string) *Control[T] {
	c.m.set("tooltip", text)
	return c
}

// Disabled keeps people from changing the value.
func (c *Control[T]) Disabled(disabled bool) *Control[T] {
	c.m.set("disabled", disabled)
	return c
}

// Step sets by how much one move of a slider, or one click of a number field,
// changes the value.
func (c *Control[T]) Step(step float64) *Control[T] {
	if _, ok := c.m.get("step").(float64); !ok {
		c.m.mistake("has no steps; leave Step out")
	} else if !(step > 0) {
		c.m.mistake("step is %v, want more than 0", step)
	} else {
		c.m.set("step", step)
	}
	return c
}

// Width sets the width of the widget as in CSS: "300px", "50%".
func (c *Control[T]) Width(width string) *Control[T] {
	c.m.setLayout("width", width)
	return c
}

// Vertical turns a slider or progress bar upright.
func (c *Control[T]) Vertical() *Control[T] {
	if _, ok := c.m.get("orientation").(string); !ok {
		c.m.mistake("cannot be upright; leave Vertical out")
		return c
	}
	c.m.set("orientation", "vertical")
	return c
}

// With sets any trait of the widget by the name that ipywidgets gives it:
// With("readout_format", ".1e"). The value is what JSON can hold. It is for what
// has no method here.
func (c *Control[T]) With(trait string, value any) *Control[T] {
	c.m.with(c.trait, trait, value)
	return c
}

// Style sets a trait of the widget's style: Style("description_width", "initial").
func (c *Control[T]) Style(trait string, value any) *Control[T] {
	c.m.setStyle(trait, value)
	return c
}

// Layout sets a trait of the widget's layout: Layout("margin", "0 10px").
func (c *Control[T]) Layout(trait, value string) *Control[T] {
	c.m.setLayout(trait, value)
	return c
}

// with sets a trait by name.
func (m *model) with(own, trait string, value any) {
	if trait == own || trait == "layout" || trait == "style" || trait == "" || trait[0] == '_' {
		m.mistake("trait %q cannot be set by With; use Set, Layout or Style", trait)
		return
	}
	if _, err := json.Marshal(value); err != nil {
		m.mistake("trait %s is %T, want what JSON can hold: %w", trait, value, err)
		return
	}
	m.set(trait, value)
}

// Link keeps two controls equal until unlink is called. b takes a's value.
func Link[T any](a, b *Control[T]) (unlink func()) {
	b.Set(a.Get())
	linked := true
	follow := func(to *Control[T]) func(T) {
		return func(v T) {
			a.m.mu.Lock()
			on := linked
			a.m.mu.Unlock()
			if on {
				to.Set(v)
			}
		}
	}
	a.OnChange(follow(b))
	b.OnChange(follow(a))
	return func() {
		a.m.mu.Lock()
		defer a.m.mu.Unlock()
		linked = false
	}
}

// LinkInPage keeps two controls equal in the page, without the kernel: also while
// it is busy, and in a saved page. It is in force while both are shown.
func LinkInPage[T any](a, b *Control[T]) error {
	if err := a.m.open(); err != nil {
		return err
	}
	if err := b.m.open(); err != nil {
		return err
	}
	m := &model{kind: "Link", state: map[string]any{}, dirty: map[string]bool{}}
	m.module(controls, controls)
	m.state["_model_name"], m.state["_view_name"] = "LinkModel", nil
	m.state["source"], m.state["target"] = []string{a.m.ref(), a.trait}, []string{b.m.ref(), b.trait}
	return m.open()
}

// number is what sliders and number fields hold.
type number interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~float32 | ~float64
}

// within refuses values outside of a range, and NaN.
func within[T number](lowest, highest T) func(T) error {
	return func(v T) error {
		if !(v >= lowest && v <= highest) {
			return fmt.Errorf("value is %v, want %v to %v", v, lowest, highest)
		}
		return nil
	}
}
