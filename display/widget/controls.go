package widget

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
)

// isFloat tells whether T holds fractions.
func isFloat[T number]() bool {
	return reflect.TypeFor[T]().Kind() == reflect.Float64 || reflect.TypeFor[T]().Kind() == reflect.Float32
}

// ranged makes the model of a control between two numbers.
func ranged[T number](kind, view, style string, lowest, highest T, more map[string]any) *model {
	name := "Int" + kind
	step := 1.0
	if isFloat[T]() {
		name = "Float" + kind
		step = float64(highest-lowest) / 100
		if view == "" {
			view = name
		}
	} else if view == "" {
		view = name
	}
	if !(step > 0) {
		step = 1
	}
	state := map[string]any{"min": lowest, "max": highest, "step": step}
	maps.Copy(state, more)
	m := newModel(name, view, style, state)
	if !(lowest < highest) {
		m.mistake("range is %v to %v, want the first to be smaller", lowest, highest)
	}
	return m
}

// Slider is a slider from lowest to highest, both of the kind of number that it
// gives: Slider(0, 10) gives int, Slider(0.0, 1) float64. It begins at lowest and
// moves in steps of 1, or of a hundredth of the range.
func Slider[T number](lowest, highest T) *Control[T] {
	more := map[string]any{"orientation": "horizontal"}
	m := ranged("Slider", "", "SliderStyle", lowest, highest, more)
	if isFloat[T]() {
		m.state["readout_format"] = ".4g"
	}
	c := newControl(m, "value", lowest)
	c.valid = within(lowest, highest)
	return c
}

// Range is a slider with two handles; its value holds both ends.
func Range[T number](lowest, highest T) *Control[[2]T] {
	m := ranged("RangeSlider", "", "SliderStyle", lowest, highest, map[string]any{"orientation": "horizontal"})
	if isFloat[T]() {
		m.state["readout_format"] = ".4g"
	}
	c := newControl(m, "value", [2]T{lowest, highest})
	c.decode = func(raw json.RawMessage) (v [2]T, err error) {
		var list []T
		if err := json.Unmarshal(raw, &list); err != nil || len(list) != 2 {
			return v, fmt.Errorf("range: two numbers are wanted, got %s", raw)
		}
		return [2]T(list), nil
	}
	c.valid = func(v [2]T) error {
		if !(v[0] >= lowest && v[1] <= highest && v[0] <= v[1]) {
			return fmt.Errorf("value is %v to %v, want both within %v to %v, the smaller first", v[0], v[1], lowest, highest)
		}
		return nil
	}
	return c
}

// Number is a field for a number between lowest and highest. It begins at lowest.
func Number[T number](lowest, highest T) *Control[T] {
	view := "IntText"
	kind := "BoundedIntText"
	if isFloat[T]() {
		view, kind = "FloatText", "BoundedFloatText"
	}
	m := ranged("Text", view, "DescriptionStyle", lowest, highest, nil)
	m.kind, m.state["_model_name"] = kind, kind+"Model"
	c := newControl(m, "value", lowest)
	c.valid = within(lowest, highest)
	return c
}

// Progress is a bar that fills from 0 to total.
func Progress[T number](total T) *Control[T] {
	m := ranged("Progress", "Progress", "ProgressStyle", 0, total, map[string]any{"orientation": "horizontal", "bar_style": ""})
	delete(m.state, "step")
	c := newControl(m, "value", T(0))
	c.valid = within(0, total)
	return c
}

// Player plays an animation: it counts from lowest to highest, one every interval
// milliseconds, in the page. Link it with a slider to see and move it.
func Player(lowest, highest, interval int) *Control[int] {
	m := newModel("Play", "Play", "DescriptionStyle", map[string]any{"min": lowest, "max": highest, "step": 1.0, "interval": interval})
	switch {
	case lowest >= highest:
		m.mistake("range is %d to %d, want the first to be smaller", lowest, highest)
	case interval <= 0:
		m.mistake("interval is %d ms, want more than 0", interval)
	}
	c := newControl(m, "value", lowest)
	c.valid = within(lowest, highest)
	return c
}

// Checkbox is a box to tick, with a label.
func Checkbox(label string) *Control[bool] {
	return newControl(newModel("Checkbox", "Checkbox", "CheckboxStyle", map[string]any{"description": label, "indent": false}), "value", false)
}

// Toggle is a button that stays down, with a label.
func Toggle(label string) *Control[bool] {
	return newControl(newModel("ToggleButton", "ToggleButton", "ToggleButtonStyle", map[string]any{"description": label}), "value", false)
}

// Text is a field for a line of text. Its value changes with each letter;
// With("continuous_update", false) makes it change when Return is pressed.
func Text() *Control[string] {
	return newControl(newModel("Text", "Text", "TextStyle", map[string]any{}), "value", "")
}

// TextArea is a field for several lines.
func TextArea() *Control[string] {
	return newControl(newModel("Textarea", "Textarea", "TextStyle", map[string]any{}), "value", "")
}

// Password is a field whose text is not shown.
func Password() *Control[string] {
	c := newControl(newModel("Password", "Password", "TextStyle", map[string]any{}), "value", "")
	return c
}

// Label is text that only the program changes.
func Label(text string) *Control[string] {
	return newControl(newModel("Label", "Label", "LabelStyle", map[string]any{}), "value", text)
}

// HTML is HTML that only the program changes. Scripts in it do not run.
func HTML(html string) *Control[string] {
	return newControl(newModel("HTML", "HTML", "HTMLStyle", map[string]any{}), "value", html)
}

// Color is a field for a colour, as CSS names it: "#ff8800", "teal".
func Color(first string) *Control[string] {
	return newControl(newModel("ColorPicker", "ColorPicker", "DescriptionStyle", map[string]any{"concise": false}), "value", first)
}

// chosen makes a control whose value is one of several, known to front ends by its
// index and label.
func chosen[T any](kind, style string, options []T) *Control[T] {
	labels := make([]string, len(options))
	for i, o := range options {
		labels[i] = fmt.Sprint(o)
	}
	m := newModel(kind, kind, style, map[string]any{"_options_labels": labels})
	var first T
	if len(options) == 0 {
		m.mistake("has no options, want at least one; give the values that can be chosen")
	} else {
		first = options[0]
	}
	c := newControl(m, "index", first)
	index := func(v T) int {
		for i, o := range options {
			if reflect.DeepEqual(o, v) {
				return i
			}
		}
		return -1
	}
	m.state["index"] = 0
	c.encode = func(v T) any { return index(v) }
	c.decode = func(raw json.RawMessage) (v T, err error) {
		i := -1
		if err := json.Unmarshal(raw, &i); err != nil || i < 0 || i >= len(options) {
			return v, fmt.Errorf("index is %s, want 0 to %d", raw, len(options)-1)
		}
		return options[i], nil
	}
	c.valid = func(v T) error {
		if index(v) < 0 {
			return fmt.Errorf("value is %v, which is not one of the options %v", v, options)
		}
		return nil
	}
	return c
}

// Dropdown is a list of options that opens; it begins with the first.
func Dropdown[T any](options ...T) *Control[T] {
	return chosen("Dropdown", "DescriptionStyle", options)
}

// Select is a list of options of which several are seen at once.
func Select[T any](options ...T) *Control[T] { return chosen("Select", "DescriptionStyle", options) }

// Radio is a list of options with a round button each.
func Radio[T any](options ...T) *Control[T] {
	return chosen("RadioButtons", "DescriptionStyle", options)
}

// Toggles is a row of buttons of which one is down.
func Toggles[T any](options ...T) *Control[T] {
	c := chosen("ToggleButtons", "ToggleButtonsStyle", options)
	c.m.state["icons"], c.m.state["tooltips"] = []string{}, []string{}
	return c
}

// SelectSlider is a slider over options.
func SelectSlider[T any](options ...T) *Control[T] {
	c := chosen("SelectionSlider", "DescriptionStyle", options)
	c.m.state["orientation"] = "horizontal"
	return c
}

// SelectMany is a list of options of which any number can be chosen; it begins
// with none.
func SelectMany[T any](options ...T) *Control[[]T] {
	one := chosen("SelectMultiple", "DescriptionStyle", options)
	m := one.m
	c := newControl(m, "index", []T(nil))
	m.state["index"] = []int{}
	c.encode = func(list []T) any {
		indices := make([]int, len(list))
		for i, v := range list {
			indices[i] = one.encode(v).(int)
		}
		return indices
	}
	c.decode = func(raw json.RawMessage) (list []T, err error) {
		var parts []json.RawMessage
		if err := json.Unmarshal(raw, &parts); err != nil {
			return nil, err
		}
		for _, part := range parts {
			v, err := one.decode(part)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	}
	c.valid = func(list []T) error {
		for _, v := range list {
			if err := one.valid(v); err != nil {
				return err
			}
		}
		return nil
	}
	return c
}
