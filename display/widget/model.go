package widget

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"

	"github.com/spikebook/spikebook/kernel/comm"
)

// Names of the widget protocol.
const (
	target        = "jupyter.widget"
	controlTarget = "jupyter.widget.control"
	protocol      = "2.1.0"
	viewType      = "application/vnd.jupyter.widget-view+json"
	reference     = "IPY_MODEL_"
)

// A module is a package of the browser that holds models and views.
type module struct{ name, version string }

var (
	base     = module{"@jupyter-widgets/base", "2.0.0"}
	controls = module{"@jupyter-widgets/controls", "2.0.0"}
	output   = module{"@jupyter-widgets/output", "1.0.0"}
)

// A Widget is something that front ends show and that boxes hold. Only this
// package makes widgets.
type Widget interface {
	// MIMEBundle lets a cell end with the widget.
	MIMEBundle() (data, metadata map[string]any)
	// Show shows the widget in the output of the running cell.
	Show() error
	// Err returns the mistakes made in describing the widget, or nil.
	Err() error

	model() *model
}

// A model is the state that a widget shares with its views in front ends: traits,
// by name. It is opened when it is first shown; until then nothing is sent.
type model struct {
	kind  string // as front ends name the model, without "Model"
	style string // as front ends name the model of its style; "" means that it has none

	mu     sync.Mutex
	state  map[string]any // by trait: what JSON has, []byte, *model, []*model
	dirty  map[string]bool
	comm   *comm.Comm // nil until it is opened
	closed bool
	errs   []error

	// update is called when a front end has changed a trait, with the lock held; it
	// returns what is to be done because of that.
	update func(trait string, value json.RawMessage) (work func(), err error)
	custom func(content json.RawMessage) (work func())
}

// newModel makes the model of a widget of the controls.
func newModel(kind, view, style string, state map[string]any) *model {
	m := &model{kind: kind, style: style, state: map[string]any{}, dirty: map[string]bool{}}
	m.module(controls, controls)
	m.state["_model_name"], m.state["_view_name"] = kind+"Model", view+"View"
	maps.Copy(m.state, state)
	return m
}

// module sets the modules of model and view.
func (m *model) module(models, views module) {
	m.state["_model_module"], m.state["_model_module_version"] = models.name, models.version
	m.state["_view_module"], m.state["_view_module_version"] = views.name, views.version
}

// mistake keeps an error of the description.
func (m *model) mistake(format string, args ...any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.errs = append(m.errs, fmt.Errorf(m.kind+": "+format, args...))
}

// Err returns the mistakes made in describing the widget, or nil.
func (m *model) err() error {
	m.mu.Lock()
	errs := slices.Clone(m.errs)
	children := m.children()
	m.mu.Unlock()
	for _, c := range children {
		if err := c.err(); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// children are the models that the state refers to; the lock is held.
func (m *model) children() (list []*model) {
	for _, trait := range slices.Sorted(maps.Keys(m.state)) {
		switch v := m.state[trait].(type) {
		case *model:
			list = append(list, v)
		case []*model:
			list = append(list, v...)
		}
	}
	return list
}

// set changes a trait; views follow soon.
func (m *model) set(trait string, value any) {
	m.mu.Lock()
	changed := m.assign(trait, value)
	m.mu.Unlock()
	if changed {
		later(m)
	}
}

// assign is set with the lock held. It reports whether something is to be sent.
func (m *model) assign(trait string, value any) bool {
	if reflect.DeepEqual(m.state[trait], value) {
		return false
	}
	m.state[trait] = value
	m.dirty[trait] = true
	return m.comm != nil
}

// get returns a trait.
func (m *model) get(trait string) any {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state[trait]
}

// open opens the model, and those that it refers to before, in all front ends. It
// does nothing when that has been done.
func (m *model) open() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.openLocked()
}

func (m *model) openLocked() error {
	if m.closed {
		return fmt.Errorf("%s: it was closed; make another", m.kind)
	}
	if m.comm != nil || !comm.Available() {
		return nil
	}
	for _, child := range m.children() {
		if err := child.open(); err != nil {
			return err
		}
	}
	state, paths, buffers := m.encode(nil)
	c, err := comm.OpenWith(target, map[string]any{"state": state, "buffer_paths": paths},
		map[string]any{"version": protocol}, m, buffers...)
	if err != nil {
		return fmt.Errorf("%s: %w", m.kind, err)
	}
	m.comm = c
	clear(m.dirty)
	remember(m)
	c.OnClose(func(comm.Event) { m.detach(c) })
	return nil
}

// encode returns traits as they are sent; the lock is held. nil means all. Bytes
// travel apart from the state, with the path at which each belongs.
func (m *model) encode(traits map[string]bool) (state map[string]any, paths [][]any, buffers [][]byte) {
	state, paths = map[string]any{}, [][]any{}
	for _, trait := range slices.Sorted(maps.Keys(m.state)) {
		if traits != nil && !traits[trait] {
			continue
		}
		switch v := m.state[trait].(type) {
		case []byte:
			paths, buffers = append(paths, []any{trait}), append(buffers, v)
		case *model:
			state[trait] = v.ref()
		case []*model:
			refs := make([]string, len(v))
			for i, child := range v {
				refs[i] = child.ref()
			}
			state[trait] = refs
		default:
			state[trait] = v
		}
	}
	return state, paths, buffers
}

// ref is how other models refer to an open one.
func (m *model) ref() string { return reference + m.id() }

func (m *model) id() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.comm == nil {
		return ""
	}
	return m.comm.ID()
}

// send sends the traits that have changed.
func (m *model) send() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.comm == nil || len(m.dirty) == 0 {
		return
	}
	for _, child := range m.children() {
		if err := child.open(); err != nil {
			m.errs = append(m.errs, err)
			return
		}
	}
	state, paths, buffers := m.encode(m.dirty)
	clear(m.dirty)
	err := m.comm.Send(map[string]any{"method": "update", "state": state, "buffer_paths": paths}, buffers...)
	if err != nil && !errors.Is(err, comm.ErrClosed) {
		m.errs = append(m.errs, err)
	}
}

// detach is called when a front end has closed the model: it opens again when it is
// shown the next time.
func (m *model) detach(c *comm.Comm) {
	m.mu.Lock()
	mine := m.comm == c
	if mine {
		m.comm = nil
	}
	m.mu.Unlock()
	if mine {
		forget(m)
	}
}

// close takes the widget and its views out of all front ends.
func (m *model) close() error {
	m.mu.Lock()
	c := m.comm
	m.comm, m.closed = nil, true
	m.mu.Unlock()
	if c == nil {
		return nil
	}
	forget(m)
	return c.Close()
}

// Arrive implements comm.Receiver: state is taken over at once, and what follows
// from it waits its turn.
func (m *model) Arrive(e comm.Event) func() {
	var message struct {
		Method  string                     `json:"method"`
		State   map[string]json.RawMessage `json:"state"`
		Content json.RawMessage            `json:"content"`
	}
	if json.Unmarshal(e.Data, &message) != nil {
		return nil
	}
	switch message.Method {
	case "update":
		return m.updated(e, message.State)
	case "request_state":
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.comm != nil {
			state, paths, buffers := m.encode(nil)
			m.comm.Answer(e, map[string]any{"method": "update", "state": state, "buffer_paths": paths}, buffers...)
		}
	case "custom":
		if m.custom != nil {
			return m.custom(message.Content)
		}
	}
	return nil
}

// updated takes over what a front end has changed. The message is repeated to
// all front ends, so that others follow and this one knows that it arrived; a
// value that cannot be is answered with the one that is.
func (m *model) updated(e comm.Event, state map[string]json.RawMessage) func() {
	m.mu.Lock()
	defer m.mu.Unlock()
	var work []func()
	refused := map[string]bool{}
	for _, trait := range slices.Sorted(maps.Keys(state)) {
		if _, kept := m.state[trait].(*model); kept || trait == "" || trait[0] == '_' {
			refused[trait] = true // references and names are ours
			continue
		}
		if m.update != nil {
			do, err := m.update(trait, state[trait])
			if err != nil {
				refused[trait] = true
				continue
			}
			if do != nil {
				work = append(work, do)
			}
		}
		var value any
		if json.Unmarshal(state[trait], &value) == nil {
			m.state[trait] = value
			delete(m.dirty, trait)
		}
	}
	if m.comm != nil {
		echo := map[string]json.RawMessage{}
		maps.Copy(echo, state)
		maps.DeleteFunc(echo, func(trait string, _ json.RawMessage) bool { return refused[trait] })
		m.comm.Answer(e, map[string]any{"method": "echo_update", "state": echo, "buffer_paths": [][]any{}})
		if len(refused) > 0 {
			back, paths, buffers := m.encode(refused)
			m.comm.Answer(e, map[string]any{"method": "update", "state": back, "buffer_paths": paths}, buffers...)
		}
	}
	if len(work) == 0 {
		return nil
	}
	return func() {
		for _, do := range work {
			do()
		}
	}
}
