package widget

import (
	"fmt"

	"github.com/spikebook/spikebook/display/cell"
	"github.com/spikebook/spikebook/kernel/comm"
)

// shown is what all widgets have; each type of widget embeds it.
type shown struct{ m *model }

func (s shown) model() *model { return s.m }

// Err returns the mistakes made in describing the widget, or nil.
func (s shown) Err() error { return s.m.err() }

// Close takes the widget and its views out of all front ends.
func (s shown) Close() error { return s.m.close() }

// String describes the widget in few words.
func (s shown) String() string {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	text := s.m.kind
	if label, ok := s.m.state["description"].(string); ok && label != "" {
		text += " " + label
	}
	if value, ok := s.m.state["value"]; ok {
		if raw, binary := value.([]byte); binary {
			value = fmt.Sprintf("%d bytes", len(raw))
		}
		text += fmt.Sprintf(": %v", value)
	}
	return text
}

// MIMEBundle lets a cell end with the widget.
func (s shown) MIMEBundle() (data, metadata map[string]any) {
	data = map[string]any{"text/plain": s.String()}
	if err := s.Err(); err != nil {
		data["text/plain"] = err.Error()
		return data, nil
	}
	if err := s.m.open(); err != nil {
		data["text/plain"] = err.Error()
		return data, nil
	}
	flush()
	if id := s.m.id(); id != "" {
		data[viewType] = map[string]any{"model_id": id, "version_major": 2, "version_minor": 0}
	}
	return data, nil
}

// Show shows the widget in the output of the running cell. Outside a notebook it
// prints what the widget is. It returns the mistakes made in describing it.
func (s shown) Show() error {
	if err := s.Err(); err != nil {
		return err
	}
	data, _ := s.MIMEBundle()
	if _, ok := data[viewType]; !ok {
		fmt.Println(data["text/plain"])
		return nil
	}
	comm.Sync() // the model is there before its view
	_, err := cell.Display(data, nil)
	return err
}

// style sets a trait of the widget's style, which is a model of its own.
func (m *model) setStyle(trait string, value any) {
	if m.style == "" {
		m.mistake("has no style %s; leave it out", trait)
		return
	}
	m.part("style", func() *model {
		s := &model{kind: m.style, state: map[string]any{}, dirty: map[string]bool{}}
		s.module(controls, base)
		s.state["_model_name"], s.state["_view_name"] = m.style+"Model", "StyleView"
		return s
	}).set(trait, value)
}

// setLayout sets a trait of the widget's layout, which is a model of its own.
func (m *model) setLayout(trait string, value any) {
	m.part("layout", func() *model {
		l := &model{kind: "Layout", state: map[string]any{}, dirty: map[string]bool{}}
		l.module(base, base)
		l.state["_model_name"], l.state["_view_name"] = "LayoutModel", "LayoutView"
		return l
	}).set(trait, value)
}

// part returns the model that a trait refers to, made when there is none.
func (m *model) part(trait string, make func() *model) *model {
	m.mu.Lock()
	p, ok := m.state[trait].(*model)
	sent := false
	if !ok {
		p = make()
		sent = m.assign(trait, p)
	}
	m.mu.Unlock()
	if sent {
		later(m)
	}
	return p
}
