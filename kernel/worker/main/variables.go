package main

import (
	"context"
	"encoding/gob"
	"fmt"
	"os"
	"reflect"
	"strings"
	"time"
	"unsafe"

	"github.com/spikebook/spikebook/kernel/live"
	"github.com/spikebook/spikebook/kernel/worker/render"
	"github.com/spikebook/spikebook/kernel/worker/wire"
)

// wordTime is how long all the String and Error methods of variables in a table
// may take together.
const wordTime = 300 * time.Millisecond

// variables describes what variables hold now. A goroutine of a cell may write
// to them meanwhile; what is seen is then a mixture.
func variables(slots []wire.Slot) ([]wire.Variable, error) {
	out := make([]wire.Variable, 0, len(slots))
	ctx, cancel := context.WithTimeout(context.Background(), wordTime)
	defer cancel()
	budget := &sizing{seen: map[unsafe.Pointer]bool{}, until: time.Now().Add(300 * time.Millisecond)}
	for _, s := range slots {
		pointer := reflect.ValueOf(live.Lookup(s.Number))
		if pointer.Kind() != reflect.Pointer || pointer.IsNil() {
			continue
		}
		v := pointer.Elem()
		clear(budget.seen)
		out = append(out, wire.Variable{
			Name: s.Name, Bytes: int64(v.Type().Size()) + budget.beyond(v, 0), Text: inWords(ctx, v),
			Kind: v.Kind().String(), Shape: shape(v),
		})
	}
	return out, nil
}

// inWords is the first line of what the value's own String or Error method says,
// and a glance where it has none or is not done before ctx is.
func inWords(ctx context.Context, v reflect.Value) string {
	if v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if !v.IsValid() || !v.CanInterface() || render.IsNil(v.Interface()) {
		return glance(v)
	}
	switch v.Interface().(type) {
	case error, fmt.Stringer:
	default:
		return glance(v)
	}
	said := make(chan string, 1)
	go func() {
		defer func() {
			if recover() != nil {
				said <- glance(v)
			}
		}()
		text, _, _ := strings.Cut(render.Text(v.Interface()), "\n")
		if r := []rune(text); len(r) > glanceText {
			text = string(r[:glanceText]) + "…"
		}
		said <- text
	}()
	select {
	case text := <-said:
		return text
	case <-ctx.Done():
		return glance(v)
	}
}

// shape says how many elements there are.
func shape(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return "nil"
		}
		if v.Kind() == reflect.Interface {
			return shape(v.Elem())
		}
	case reflect.Map:
		return fmt.Sprint(v.Len())
	case reflect.String:
		return fmt.Sprint(v.Len())
	case reflect.Chan:
		return fmt.Sprintf("%d/%d", v.Len(), v.Cap())
	case reflect.Slice, reflect.Array:
		text := fmt.Sprint(v.Len())
		for v.Len() > 0 && (v.Index(0).Kind() == reflect.Slice || v.Index(0).Kind() == reflect.Array) {
			v = v.Index(0)
			text += fmt.Sprintf("×%d", v.Len())
		}
		return text
	}
	return ""
}

// A sizing adds up memory behind a value: each object once, and only as long as
// there is time. Large slices of plain elements take no time.
type sizing struct {
	seen  map[unsafe.Pointer]bool
	until time.Time
	steps int
}

// deepest nesting that is followed; longest list whose elements are looked at.
const (
	deepest = 200
	longest = 1 << 20
)

// beyond is the memory that v refers to, itself left out.
func (s *sizing) beyond(v reflect.Value, depth int) (bytes int64) {
	if s.steps++; depth > deepest || s.steps%256 == 0 && time.Now().After(s.until) {
		return 0
	}
	once := func(p unsafe.Pointer) bool {
		if p == nil || s.seen[p] {
			return false
		}
		s.seen[p] = true
		return true
	}
	switch v.Kind() {
	case reflect.String:
		if v.Len() > 0 {
			return int64(v.Len())
		}
	case reflect.Pointer:
		if !v.IsNil() && once(v.UnsafePointer()) {
			return int64(v.Type().Elem().Size()) + s.beyond(v.Elem(), depth+1)
		}
	case reflect.Interface:
		if !v.IsNil() {
			e := v.Elem()
			return int64(e.Type().Size()) + s.beyond(e, depth+1)
		}
	case reflect.Slice:
		if v.IsNil() || !once(v.UnsafePointer()) {
			return 0
		}
		bytes = int64(v.Cap()) * int64(v.Type().Elem().Size())
		if !refers(v.Type().Elem(), 0) {
			return bytes
		}
		for i := range min(v.Len(), longest) {
			bytes += s.beyond(v.Index(i), depth+1)
		}
	case reflect.Array:
		if refers(v.Type().Elem(), 0) {
			for i := range min(v.Len(), longest) {
				bytes += s.beyond(v.Index(i), depth+1)
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			bytes += s.beyond(v.Field(i), depth+1)
		}
	case reflect.Map:
		if v.IsNil() || !once(v.UnsafePointer()) {
			return 0
		}
		t := v.Type()
		bytes = int64(v.Len()) * int64(t.Key().Size()+t.Elem().Size()+1) * 8 / 7
		if !refers(t.Key(), 0) && !refers(t.Elem(), 0) {
			return bytes
		}
		// A map that a goroutine writes to would end the process; only small ones
		// are looked into.
		if v.Len() > 1000 {
			return bytes
		}
		for it := v.MapRange(); it.Next(); {
			bytes += s.beyond(it.Key(), depth+1) + s.beyond(it.Value(), depth+1)
		}
	case reflect.Chan:
		if !v.IsNil() && once(v.UnsafePointer()) {
			return int64(v.Cap()) * int64(v.Type().Elem().Size())
		}
	}
	return bytes
}

// refers tells whether values of a type hold references to other memory.
func refers(t reflect.Type, depth int) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Slice, reflect.String, reflect.Map, reflect.Chan, reflect.Func, reflect.UnsafePointer:
		return true
	case reflect.Array:
		return refers(t.Elem(), depth)
	case reflect.Struct:
		for i := range t.NumField() {
			if refers(t.Field(i).Type, depth+1) {
				return true
			}
		}
	}
	return false
}

// savedVariable precedes each value in a file of saved variables.
type savedVariable struct {
	Name string
	Type string // as reflection names it
	Data []byte // the value in gob, by itself, so that one bad value spoils no other
}

// saveVariables writes variables to a file as a stream of gob values, after the
// header that the kernel has put there.
func saveVariables(a wire.SaveArgs) (wire.SaveResult, error) {
	result := wire.SaveResult{Left: map[string]string{}}
	f, err := os.OpenFile(a.File, os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return result, err
	}
	encoder := gob.NewEncoder(f)
	for _, s := range a.Slots {
		pointer := reflect.ValueOf(live.Lookup(s.Number))
		if pointer.Kind() != reflect.Pointer {
			result.Left[s.Name] = "it is not there any more"
			continue
		}
		data, err := encodeValue(pointer.Elem())
		if err != nil {
			result.Left[s.Name] = err.Error()
			continue
		}
		if err := encoder.Encode(savedVariable{s.Name, pointer.Elem().Type().String(), data}); err != nil {
			f.Close()
			return result, err
		}
		result.Done = append(result.Done, s.Name)
	}
	return result, f.Close()
}

// encodeValue is a value in gob, which panics for some types.
func encodeValue(v reflect.Value) (data []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	switch v.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice:
		if v.IsNil() {
			return nil, nil // no data: the zero value
		}
	case reflect.Interface:
		return nil, fmt.Errorf("an interface does not say which type to restore")
	}
	var b strings.Builder
	err = gob.NewEncoder(&b).EncodeValue(v)
	return []byte(b.String()), err
}

// restoreVariables reads variables back into those of the same name that exist.
// Header bytes are skipped: the file begins with a line of the kernel's.
func restoreVariables(a wire.SaveArgs) (wire.SaveResult, error) {
	result := wire.SaveResult{Left: map[string]string{}}
	f, err := os.Open(a.File)
	if err != nil {
		return result, err
	}
	defer f.Close()
	one := make([]byte, 1)
	for one[0] != '\n' {
		if _, err := f.Read(one); err != nil {
			return result, fmt.Errorf("%s: it was not written by %%save", a.File)
		}
	}
	slots := map[string]int{}
	for _, s := range a.Slots {
		slots[s.Name] = s.Number
	}
	decoder := gob.NewDecoder(f)
	for {
		var saved savedVariable
		if err := decoder.Decode(&saved); err != nil {
			if err.Error() == "EOF" {
				return result, nil
			}
			return result, fmt.Errorf("%s: %v", a.File, err)
		}
		number, wanted := slots[saved.Name]
		if !wanted {
			continue
		}
		pointer := reflect.ValueOf(live.Lookup(number))
		if pointer.Kind() != reflect.Pointer {
			result.Left[saved.Name] = "no variable of that name"
			continue
		}
		fresh := reflect.New(pointer.Elem().Type())
		if len(saved.Data) > 0 {
			if err := decodeValue(saved.Data, fresh); err != nil {
				result.Left[saved.Name] = fmt.Sprintf("saved as %s: %v", saved.Type, err)
				continue
			}
		}
		pointer.Elem().Set(fresh.Elem())
		result.Done = append(result.Done, saved.Name)
	}
}

func decodeValue(data []byte, into reflect.Value) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	return gob.NewDecoder(strings.NewReader(string(data))).DecodeValue(into)
}
