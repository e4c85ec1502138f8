package widget

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spikebook/spikebook/kernel/comm"
	"github.com/spikebook/spikebook/kernel/interrupt"
)

// An Area is a place for output: text, values, whatever a function prints and
// displays. It is an io.Writer.
type Area struct{ shown }

// Output is an empty area.
func Output() *Area {
	m := newModel("Output", "Output", "", map[string]any{"outputs": []any{}, "msg_id": ""})
	m.module(output, output)
	return &Area{shown{m}}
}

// Write adds text: fmt.Fprintln(area, "ready").
func (a *Area) Write(text []byte) (int, error) {
	a.text("stdout", string(text))
	return len(text), nil
}

func (a *Area) text(stream, text string) {
	text = strings.ToValidUTF8(text, "\uFFFD")
	a.change(func(list []any) []any {
		if n := len(list); n > 0 {
			if last, ok := list[n-1].(map[string]any); ok && last["output_type"] == "stream" && last["name"] == stream {
				before, _ := last["text"].(string)
				return append(slices.Clone(list[:n-1]), map[string]any{"output_type": "stream", "name": stream, "text": before + text})
			}
		}
		return append(slices.Clone(list), map[string]any{"output_type": "stream", "name": stream, "text": text})
	})
}

// Add adds a value, as a cell that ends with it shows it.
func (a *Area) Add(value any) *Area {
	data, metadata := comm.Bundle(value)
	if metadata == nil {
		metadata = map[string]any{}
	}
	a.change(func(list []any) []any {
		return append(slices.Clone(list), map[string]any{"output_type": "display_data", "data": data, "metadata": metadata})
	})
	return a
}

// Clear empties the area.
func (a *Area) Clear() *Area {
	a.m.set("outputs", []any{})
	return a
}

// change replaces the outputs. Front ends keep them in the same trait.
func (a *Area) change(f func([]any) []any) {
	a.m.mu.Lock()
	list, _ := a.m.state["outputs"].([]any)
	sent := a.m.assign("outputs", f(list))
	a.m.mu.Unlock()
	if sent {
		later(a.m)
	}
}

// Capture calls f and puts into the area what it prints and displays. What other
// goroutines print meanwhile goes there too, since a process has one standard
// output. A panic of f is shown in the area.
func (a *Area) Capture(f func()) {
	if !comm.Available() {
		f()
		return
	}
	if err := a.m.open(); err != nil {
		a.text("stderr", err.Error()+"\n")
		return
	}
	take := func(message string) {
		comm.Sync() // what was printed before stays where it belongs
		a.m.set("msg_id", message)
		flush()
		comm.Sync()
	}
	defer func() {
		v := recover()
		take("")
		switch v := v.(type) {
		case nil:
		case interrupt.Interrupted:
			panic(v)
		default:
			a.text("stderr", fmt.Sprintf("panic: %v\n", v))
			flush()
		}
	}()
	take(comm.Parent())
	f()
}

// Picture is an image; data are those of a PNG, JPEG or GIF file.
func Picture(data []byte) *Control[[]byte] {
	c := newControl(newModel("Image", "Image", "", map[string]any{"format": "png"}), "value", data)
	return c
}
