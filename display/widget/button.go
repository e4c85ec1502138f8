package widget

import "encoding/json"

// A Pressed is a button.
type Pressed struct {
	shown

	// Guarded by the model's lock.
	handlers []func()
	count    int
	changed  chan struct{} // closed at each click
}

// Button is a button with a label.
func Button(label string) *Pressed {
	m := newModel("Button", "Button", "ButtonStyle", map[string]any{"description": label})
	b := &Pressed{shown: shown{m}, changed: make(chan struct{})}
	m.custom = func(content json.RawMessage) func() {
		var c struct {
			Event string `json:"event"`
		}
		if json.Unmarshal(content, &c) != nil || c.Event != "click" {
			return nil
		}
		return b.click()
	}
	return b
}

// click counts a click and returns what it causes.
func (b *Pressed) click() (work func()) {
	b.m.mu.Lock()
	defer b.m.mu.Unlock()
	b.count++
	close(b.changed)
	b.changed = make(chan struct{})
	handlers := b.handlers[:len(b.handlers):len(b.handlers)]
	return func() {
		for _, f := range handlers {
			f()
		}
	}
}

// OnClick adds a function that is called at each click, also while a cell runs.
func (b *Pressed) OnClick(f func()) *Pressed {
	if f == nil {
		b.m.mistake("OnClick got nil, want a function; leave the call out")
		return b
	}
	b.m.mu.Lock()
	defer b.m.mu.Unlock()
	b.handlers = append(b.handlers, f)
	return b
}

// Click does what a click does.
func (b *Pressed) Click() { b.click()() }

// Clicks is how often the button was clicked.
func (b *Pressed) Clicks() int {
	b.m.mu.Lock()
	defer b.m.mu.Unlock()
	return b.count
}

// Wait waits in a cell until the button is clicked, or the stop button.
func (b *Pressed) Wait() {
	b.m.mu.Lock()
	wait := b.changed
	b.m.mu.Unlock()
	await(wait)
}

// Label changes the text on the button.
func (b *Pressed) Label(text string) *Pressed {
	b.m.set("description", text)
	return b
}

// Tooltip sets the text that appears while the pointer rests on the button.
func (b *Pressed) Tooltip(text string) *Pressed {
	b.m.set("tooltip", text)
	return b
}

// Icon sets a picture by its name in Font Awesome: "play", "check".
func (b *Pressed) Icon(name string) *Pressed {
	b.m.set("icon", name)
	return b
}

// Disabled keeps people from clicking.
func (b *Pressed) Disabled(disabled bool) *Pressed {
	b.m.set("disabled", disabled)
	return b
}

// Kind sets the colour by meaning: "primary", "success", "info", "warning",
// "danger", or "" for none.
func (b *Pressed) Kind(kind string) *Pressed {
	switch kind {
	case "primary", "success", "info", "warning", "danger", "":
		b.m.set("button_style", kind)
	default:
		b.m.mistake("kind is %q, want primary, success, info, warning, danger or nothing", kind)
	}
	return b
}

// With sets any trait by the name that ipywidgets gives it; see [Control.With].
func (b *Pressed) With(trait string, value any) *Pressed {
	b.m.with("", trait, value)
	return b
}

// Style sets a trait of the button's style: Style("button_color", "lightgreen").
func (b *Pressed) Style(trait string, value any) *Pressed {
	b.m.setStyle(trait, value)
	return b
}

// Layout sets a trait of the button's layout: Layout("width", "300px").
func (b *Pressed) Layout(trait, value string) *Pressed {
	b.m.setLayout(trait, value)
	return b
}
