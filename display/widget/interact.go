package widget

import (
	"fmt"
	"reflect"

	"github.com/spikebook/spikebook/display/cell"
)

// Interact shows a function as controls for its parameters and an area for what it
// prints, displays and returns. It is called once now, and again at each change:
//
//	widget.Interact(func(gain float64, steps int, noisy bool) *display.Panel {
//		…
//		return display.Line(t, v)
//	}, widget.Slider(0.0, 5).Label("gain"), 20)
//
// For each parameter there may be an argument: a [Control] that holds its type, a
// slice of options, a [2]T with the ends of a slider, or a first value. Without
// one, a number gets a slider from 0 to 10 (0 to 1 for fractions), a bool a box to
// tick and a string a field for text.
func Interact(f any, arguments ...any) *Box {
	area := Output()
	box := VBox()
	call := reflect.ValueOf(f)
	if call.Kind() != reflect.Func || call.IsNil() {
		box.m.mistake("Interact got %T, want a function; give func(x float64) { … }", f)
		return box
	}
	t := call.Type()
	if t.IsVariadic() {
		box.m.mistake("Interact got %s, want a function with a fixed number of parameters", t)
		return box
	}
	if len(arguments) > t.NumIn() {
		box.m.mistake("Interact got %d arguments for the %d parameters of %s; leave the last ones out", len(arguments), t.NumIn(), t)
		return box
	}
	inputs := make([]input, t.NumIn())
	children := make([]Widget, 0, t.NumIn()+1)
	for i := range inputs {
		var argument any
		if i < len(arguments) {
			argument = arguments[i]
		}
		in, err := inputFor(t.In(i), argument)
		if err != nil {
			box.m.mistake("parameter %d of %s: %w", i+1, t, err)
			return box
		}
		inputs[i] = in
		children = append(children, in.widget)
	}
	run := func() {
		values := make([]reflect.Value, len(inputs))
		for i, in := range inputs {
			values[i] = in.get()
		}
		area.Capture(func() {
			cell.Clear(true) // no flicker: what comes first takes the place
			results(call.Call(values))
		})
	}
	for _, in := range inputs {
		in.follow(run)
	}
	run()
	return box.Children(append(children, area)...)
}

// results shows what a function has returned, an error in place of values.
func results(out []reflect.Value) {
	for _, v := range out {
		if err, ok := v.Interface().(error); ok && err != nil {
			fmt.Println("error:", err)
			return
		}
	}
	for _, v := range out {
		if v.Type() != reflect.TypeFor[error]() {
			cell.Show(v.Interface())
		}
	}
}

// input is the control of one parameter.
type input struct {
	widget Widget
	get    func() reflect.Value
	follow func(func())
}

// source is a control of any type.
type source interface {
	Widget
	current() any
	follow(func())
}

func (c *Control[T]) current() any { return c.Get() }

func (c *Control[T]) follow(f func()) { c.OnChange(func(T) { f() }) }

// inputFor makes the control of a parameter of type t.
func inputFor(t reflect.Type, argument any) (input, error) {
	s, err := sourceFor(t, argument)
	if err != nil {
		return input{}, err
	}
	if got := reflect.TypeOf(s.current()); got == nil || !got.ConvertibleTo(t) || (got.Kind() == reflect.String) != (t.Kind() == reflect.String) {
		return input{}, fmt.Errorf("the control holds %v, want %s", got, t)
	}
	return input{
		widget: s,
		get:    func() reflect.Value { return reflect.ValueOf(s.current()).Convert(t) },
		follow: s.follow,
	}, nil
}

func sourceFor(t reflect.Type, argument any) (source, error) {
	if s, ok := argument.(source); ok {
		return s, nil
	}
	v := reflect.ValueOf(argument)
	switch {
	case argument == nil:
		return defaultFor(t)
	case v.Kind() == reflect.Slice && v.Len() > 0 && v.Type().Elem().ConvertibleTo(t):
		options := make([]any, v.Len())
		for i := range options {
			options[i] = v.Index(i).Convert(t).Interface()
		}
		return Dropdown(options...), nil
	case v.Kind() == reflect.Array && v.Len() == 2 && isNumber(v.Type().Elem()) && isNumber(t):
		if fractions(t) {
			return Slider(toFloat(v.Index(0)), toFloat(v.Index(1))), nil
		}
		return Slider(int(toFloat(v.Index(0))), int(toFloat(v.Index(1)))), nil
	case isNumber(v.Type()) && isNumber(t):
		x := toFloat(v)
		lowest, highest := min(-x, 3*x), max(-x, 3*x)
		switch {
		case x == 0 && fractions(t):
			return Slider(0.0, 1.0), nil
		case x == 0:
			return Slider(0, 10), nil
		case fractions(t):
			return Slider(lowest, highest).Set(x), nil
		}
		return Slider(int(lowest), int(highest)).Set(int(x)), nil
	case v.Kind() == reflect.Bool && t.Kind() == reflect.Bool:
		return Checkbox("").Set(v.Bool()), nil
	case v.Kind() == reflect.String && t.Kind() == reflect.String:
		return Text().Set(v.String()), nil
	}
	return nil, fmt.Errorf("%T does not make a control for %s; give a control, a slice of options, a [2]%s or a first value", argument, t, t)
}

func defaultFor(t reflect.Type) (source, error) {
	switch {
	case fractions(t):
		return Slider(0.0, 1.0), nil
	case isNumber(t):
		return Slider(0, 10), nil
	case t.Kind() == reflect.Bool:
		return Checkbox(""), nil
	case t.Kind() == reflect.String:
		return Text(), nil
	}
	return nil, fmt.Errorf("there is no control for %s by itself; give one", t)
}

func fractions(t reflect.Type) bool {
	return t.Kind() == reflect.Float64 || t.Kind() == reflect.Float32
}

func isNumber(t reflect.Type) bool {
	return fractions(t) || t.Kind() >= reflect.Int && t.Kind() <= reflect.Uint64
}

func toFloat(v reflect.Value) float64 {
	return v.Convert(reflect.TypeFor[float64]()).Float()
}
