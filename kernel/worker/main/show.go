package main

import (
	"errors"
	"fmt"
	"reflect"
	"runtime/debug"
	"time"
	"unsafe"

	"github.com/spikebook/spikebook/kernel/live"
	"github.com/spikebook/spikebook/kernel/worker/render"
	"github.com/spikebook/spikebook/kernel/worker/wire"
)

// showTime is how long the methods of a value may take to show it.
const showTime = 2 * time.Second

// mark is the letter that generated code puts in front of lower-case names.
const mark = "Ꞌ"

func init() { questions[wire.AskShow] = asked(show) }

// show answers with the value of a variable or of a part of it. Methods of the
// value are user code: they may panic, and take long.
func show(q wire.Show) (any, error) {
	type shown struct {
		value wire.Shown
		err   error
	}
	done := make(chan shown, 1)
	go func() {
		var s shown
		defer func() {
			if v := recover(); v != nil {
				text, _ := panicText(v)
				s.err = errors.New("panic: " + text)
			}
			done <- s
		}()
		debug.SetPanicOnFault(true)
		var v reflect.Value
		v, s.err = part(q.Slot, q.Steps)
		switch {
		case s.err != nil:
		case q.Quiet:
			s.value.Data = map[string]any{"text/plain": glance(v)}
		case !v.IsValid() || v.Kind() == reflect.Interface && v.IsNil():
			s.value.Data = map[string]any{"text/plain": "<nil>"}
		default:
			s.value.Data, s.value.Metadata = render.Bundle(v.Interface())
		}
	}()
	select {
	case s := <-done:
		return s.value, s.err
	case <-time.After(showTime):
		return nil, fmt.Errorf("its methods take longer than %v to show it", showTime)
	}
}

// part is the value that steps lead to from a slot.
func part(slot int, steps []wire.Step) (reflect.Value, error) {
	p := live.Lookup(slot)
	if p == nil {
		return reflect.Value{}, fmt.Errorf("the variable is not in the worker")
	}
	v := reflect.ValueOf(p).Elem()
	for _, s := range steps {
		var err error
		if v, err = step(v, s); err != nil {
			return v, err
		}
	}
	return v, nil
}

func step(v reflect.Value, s wire.Step) (reflect.Value, error) {
	if v.Kind() == reflect.Interface && !v.IsNil() {
		v = v.Elem()
	}
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return v, fmt.Errorf("nil pointer of type %s", v.Type())
		}
		if v = v.Elem(); s.Deref {
			return v, nil
		}
	}
	switch {
	case s.Field != "" && v.Kind() == reflect.Struct:
		field := v.FieldByName(mark + s.Field)
		if !field.IsValid() {
			field = v.FieldByName(s.Field)
		}
		if !field.IsValid() {
			return v, fmt.Errorf("%s has no field %s", v.Type(), s.Field)
		}
		if !field.CanInterface() && field.CanAddr() { // a library's own field, which a debugger would show too
			field = reflect.NewAt(field.Type(), unsafe.Pointer(field.UnsafeAddr())).Elem()
		}
		return field, nil
	case s.Index != nil && (v.Kind() == reflect.Slice || v.Kind() == reflect.Array || v.Kind() == reflect.String):
		if *s.Index < 0 || *s.Index >= v.Len() {
			return v, fmt.Errorf("index %d of %s, want 0 to %d", *s.Index, v.Type(), v.Len()-1)
		}
		return v.Index(*s.Index), nil
	case v.Kind() == reflect.Map && (s.Index != nil || s.Key != nil):
		key := reflect.New(v.Type().Key()).Elem()
		switch {
		case s.Key != nil && key.Kind() == reflect.String:
			key.SetString(*s.Key)
		case s.Index != nil && key.CanInt():
			key.SetInt(int64(*s.Index))
		case s.Index != nil && key.CanUint() && *s.Index >= 0:
			key.SetUint(uint64(*s.Index))
		default:
			return v, fmt.Errorf("%s has keys of type %s", v.Type(), key.Type())
		}
		if item := v.MapIndex(key); item.IsValid() {
			return item, nil
		}
		return reflect.Zero(v.Type().Elem()), nil
	}
	return v, fmt.Errorf("%s has no such part", v.Type())
}

// Bounds of a glance.
const (
	glanceItems = 10
	glanceDepth = 3
	glanceText  = 200
)

// glance is a value in short: without its methods, which are user code, and
// without looking into maps, which other goroutines may be changing.
func glance(v reflect.Value) string {
	text := glanceAt(v, 0)
	if r := []rune(text); len(r) > 4*glanceText {
		text = string(r[:4*glanceText]) + "…"
	}
	return text
}

func glanceAt(v reflect.Value, depth int) string {
	if !v.IsValid() {
		return "nil"
	}
	t := v.Type()
	switch v.Kind() {
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr,
		reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
		return fmt.Sprint(plainNumber(v))
	case reflect.String:
		if s := []rune(v.String()[:min(v.Len(), 4*glanceText)]); len(s) > glanceText {
			return fmt.Sprintf("%q… (%d bytes)", string(s[:glanceText]), v.Len())
		}
		return fmt.Sprintf("%q", v.String())
	case reflect.Map:
		if v.IsNil() {
			return "nil"
		}
		return fmt.Sprintf("%s, %d entries", t, v.Len())
	case reflect.Slice, reflect.Array:
		if v.Kind() == reflect.Slice && v.IsNil() {
			return "nil"
		}
		if depth >= glanceDepth {
			return fmt.Sprintf("%s, %d items", t, v.Len())
		}
		text := "["
		for i := range min(v.Len(), glanceItems) {
			if i > 0 {
				text += " "
			}
			text += glanceAt(v.Index(i), depth+1)
		}
		if v.Len() > glanceItems {
			return fmt.Sprintf("%s …] (%d items)", text, v.Len())
		}
		return text + "]"
	case reflect.Struct:
		if depth >= glanceDepth {
			return t.String() + "{…}"
		}
		text := "{"
		for i := range min(v.NumField(), 2*glanceItems) {
			if i > 0 {
				text += " "
			}
			text += t.Field(i).Name + ":" + glanceAt(v.Field(i), depth+1)
		}
		if v.NumField() > 2*glanceItems {
			text += " …"
		}
		return text + "}"
	case reflect.Pointer:
		if v.IsNil() {
			return "nil"
		}
		if depth == 0 {
			return "&" + glanceAt(v.Elem(), 1)
		}
		return fmt.Sprintf("(%s)(%#x)", t, v.Pointer())
	case reflect.Interface:
		return glanceAt(v.Elem(), depth)
	case reflect.Chan:
		if v.IsNil() {
			return "nil"
		}
		return fmt.Sprintf("%s, %d of %d waiting", t, v.Len(), v.Cap())
	case reflect.Func:
		if v.IsNil() {
			return "nil"
		}
	}
	return t.String()
}

// plainNumber is a number without its type's methods.
func plainNumber(v reflect.Value) any {
	switch {
	case v.Kind() == reflect.Bool:
		return v.Bool()
	case v.CanInt():
		return v.Int()
	case v.CanUint():
		return v.Uint()
	case v.CanFloat():
		return v.Float()
	}
	return v.Complex()
}
