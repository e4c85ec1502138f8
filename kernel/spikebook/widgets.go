package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"sync"

	"github.com/spikebook/spikebook/kernel/comm"
	"github.com/spikebook/spikebook/kernel/notebook"
)

// widgetTarget is the target of the comms of ipywidgets.
const widgetTarget = "jupyter.widget"

// widgetStates follows the widgets of a notebook that runs without a front end, so
// that the file shows them as they were at its end: Jupyter's pages and converters
// draw widgets from the notebook's metadata when no kernel runs. The zero value is
// ready; methods may be called from any goroutine.
type widgetStates struct {
	mu     sync.Mutex
	models map[string]*widgetModel // by id of the comm
}

// A widgetModel is the state of one widget.
type widgetModel struct {
	state   map[string]json.RawMessage
	buffers map[string]map[string]any // by path as JSON: encoding, data and path
}

// take notes what cell code tells the front ends.
func (w *widgetStates) take(m comm.Message) {
	var data struct {
		Method string                     `json:"method"`
		State  map[string]json.RawMessage `json:"state"`
		Paths  []json.RawMessage          `json:"buffer_paths"`
	}
	if m.Kind == comm.Closes || len(m.Data) > 0 && json.Unmarshal(m.Data, &data) != nil {
		return // a widget that is closed is still part of the output in which it was shown
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	model := w.models[m.ID]
	switch {
	case m.Kind == comm.Opens && m.Target == widgetTarget:
		model = &widgetModel{state: map[string]json.RawMessage{}, buffers: map[string]map[string]any{}}
		if w.models == nil {
			w.models = map[string]*widgetModel{}
		}
		w.models[m.ID] = model
	case model == nil || data.Method != "update":
		return
	}
	maps.Copy(model.state, data.State)
	for i, path := range data.Paths[:min(len(data.Paths), len(m.Buffers))] {
		var compact bytes.Buffer
		if json.Compact(&compact, path) != nil {
			continue
		}
		model.buffers[compact.String()] = map[string]any{
			"encoding": "base64", "path": path, "data": base64.StdEncoding.EncodeToString(m.Buffers[i])}
	}
}

// into writes the states into the metadata of a notebook, in place of those of an
// earlier run.
func (w *widgetStates) into(nb *notebook.Notebook) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(nb.Metadata, "widgets")
	states := map[string]any{}
	for id, m := range w.models {
		text := func(name string) (s string) {
			json.Unmarshal(m.state[name], &s)
			return s
		}
		state := map[string]any{}
		for name, value := range m.state {
			state[name] = value
		}
		entry := map[string]any{"model_name": text("_model_name"), "model_module": text("_model_module"),
			"model_module_version": text("_model_module_version"), "state": state}
		var buffers []any
		for _, path := range slices.Sorted(maps.Keys(m.buffers)) {
			buffers = append(buffers, m.buffers[path])
		}
		if buffers != nil {
			entry["buffers"] = buffers
		}
		states[id] = entry
	}
	if len(states) > 0 {
		nb.Metadata["widgets"] = map[string]any{"application/vnd.jupyter.widget-state+json": map[string]any{
			"version_major": 2, "version_minor": 0, "state": states}}
	}
}
