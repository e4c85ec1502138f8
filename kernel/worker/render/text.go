package render

import (
	"cmp"
	"fmt"
	"image"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of the text form.
const (
	wholeLeaves = 2000     // a value with at most so many parts is printed whole
	headItems   = 20       // of a longer list: shown from its start
	tailItems   = 3        // and from its end
	deepest     = 40       // levels of nesting that are followed
	longestText = 64 << 10 // bytes
)

// Text is the text form of v: its String method if it has one, a matrix in rows,
// an image by its size, else what %+v prints, cut where it is long. A function is
// shown by its type.
func Text(v any) string {
	if v == nil {
		return "<nil>"
	}
	r := reflect.ValueOf(v)
	if !IsNil(v) {
		switch m := withPointer(v).(type) {
		case error:
			return ErrorText(m)
		case fmt.Stringer:
			return cut(method("String", m.String))
		case fmt.Formatter: // without +, which would put a sign before a number
			return cut(method("Format", func() string { return fmt.Sprintf("%v", m) }))
		case image.Image:
			return cut(method("Bounds", func() string { return fmt.Sprintf("%T, %d×%d pixels", v, m.Bounds().Dx(), m.Bounds().Dy()) }))
		case matrix:
			return cut(method("At", func() string { return matrixText(m) }))
		}
	}
	return cut(method("String of a part", func() string {
		p := printer{}
		if countLeaves(r, wholeLeaves, 0) <= wholeLeaves {
			p.whole = true
		}
		p.top(r)
		return p.b.String()
	}))
}

// method calls a method that gives text. A panic in it becomes the text.
func method(name string, f func() string) string {
	var text string
	if err := protect(func() error { text = f(); return nil }); err != nil {
		return fmt.Sprintf("(method %s: %v)", name, err)
	}
	return text
}

// cut bounds a text.
func cut(s string) string {
	if len(s) <= longestText {
		return s
	}
	n := longestText
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return fmt.Sprintf("%s … (%d bytes in all)", s[:n], len(s))
}

// countLeaves counts the parts of v, and stops above limit.
func countLeaves(v reflect.Value, limit, depth int) int {
	if depth > deepest {
		return limit + 1
	}
	n := 1
	switch v.Kind() {
	case reflect.String:
		return 1 + v.Len()/16
	case reflect.Slice, reflect.Array:
		if v.Len() > limit {
			return limit + 1
		}
		for i := 0; i < v.Len() && n <= limit; i++ {
			n += countLeaves(v.Index(i), limit-n, depth+1)
		}
	case reflect.Map:
		if v.Len() > limit {
			return limit + 1
		}
		for it := v.MapRange(); n <= limit && it.Next(); {
			n += countLeaves(it.Key(), limit-n, depth+1)
			n += countLeaves(it.Value(), limit-n, depth+1)
		}
	case reflect.Struct:
		for i := 0; i < v.NumField() && n <= limit; i++ {
			n += countLeaves(v.Field(i), limit-n, depth+1)
		}
	case reflect.Interface:
		if !v.IsNil() {
			n += countLeaves(v.Elem(), limit-n, depth+1)
		}
	case reflect.Pointer:
		if depth == 0 && !v.IsNil() { // deeper ones are printed as addresses
			n += countLeaves(v.Elem(), limit-n, depth+1)
		}
	}
	return n
}

// A printer writes values as %+v does, except that long lists are cut.
type printer struct {
	b     strings.Builder
	whole bool // the value is small: nothing is cut
}

// top prints the whole value. fmt follows a pointer at this level only.
func (p *printer) top(v reflect.Value) {
	if v.Kind() == reflect.Func {
		p.b.WriteString(v.Type().String())
		return
	}
	if p.whole {
		fmt.Fprintf(&p.b, "%+v", v.Interface())
		return
	}
	if v.Kind() == reflect.Pointer && !v.IsNil() {
		switch v.Elem().Kind() {
		case reflect.Struct, reflect.Map, reflect.Slice, reflect.Array:
			p.b.WriteByte('&')
			p.value(v.Elem(), 0)
			return
		}
	}
	p.value(v, 0)
}

// value prints a part.
func (p *printer) value(v reflect.Value, depth int) {
	if p.b.Len() > longestText || depth > deepest {
		p.b.WriteString("…")
		return
	}
	if depth > 0 && v.IsValid() && v.CanInterface() {
		switch v.Interface().(type) {
		case fmt.Formatter, fmt.Stringer, error:
			fmt.Fprintf(&p.b, "%+v", v.Interface())
			return
		}
	}
	switch v.Kind() {
	case reflect.Slice, reflect.Array:
		p.list(v, depth)
	case reflect.Map:
		p.dictionary(v, depth)
	case reflect.Struct:
		p.b.WriteByte('{')
		for i := range v.NumField() {
			if i > 0 {
				p.b.WriteByte(' ')
			}
			p.b.WriteString(v.Type().Field(i).Name)
			p.b.WriteByte(':')
			p.value(v.Field(i), depth+1)
		}
		p.b.WriteByte('}')
	case reflect.Interface:
		if v.IsNil() {
			p.b.WriteString("<nil>")
			return
		}
		p.value(v.Elem(), depth+1)
	case reflect.String:
		s := v.String()
		if depth > 0 && len(s) > 1000 {
			p.b.WriteString(strings.ToValidUTF8(s[:1000], ""))
			fmt.Fprintf(&p.b, "… (%d bytes)", len(s))
			return
		}
		p.b.WriteString(s)
	default:
		fmt.Fprintf(&p.b, "%+v", v) // fmt prints what a reflect.Value holds
	}
}

// list prints a slice or array: whole up to a few items, else its ends and how
// many there are.
func (p *printer) list(v reflect.Value, depth int) {
	n := v.Len()
	p.b.WriteByte('[')
	for i := 0; i < n; i++ {
		if i > 0 {
			p.b.WriteByte(' ')
		}
		if n > 2*(headItems+tailItems) && i == headItems {
			p.b.WriteString("… ")
			i = n - tailItems
		}
		p.value(v.Index(i), depth+1)
	}
	p.b.WriteByte(']')
	if n > 2*(headItems+tailItems) {
		fmt.Fprintf(&p.b, " (%d values)", n)
	}
}

// dictionary prints a map, sorted by key as fmt does: whole up to a few entries,
// else its first ones and how many there are.
func (p *printer) dictionary(v reflect.Value, depth int) {
	n := v.Len()
	shown := n
	if n > 2*(headItems+tailItems) {
		shown = headItems
	}
	p.b.WriteString("map[")
	for i, key := range sortedKeys(v, shown) {
		if i > 0 {
			p.b.WriteByte(' ')
		}
		p.value(key, depth+1)
		p.b.WriteByte(':')
		p.value(v.MapIndex(key), depth+1)
	}
	if shown < n {
		fmt.Fprintf(&p.b, " …] (%d keys)", n)
		return
	}
	p.b.WriteByte(']')
}

// sortable bounds the maps whose keys are sorted; of larger ones any keys are shown.
const sortable = 200_000

// sortedKeys returns the n smallest keys of a map whose keys have an order, and
// any n keys of others.
func sortedKeys(v reflect.Value, n int) []reflect.Value {
	if v.Len() > sortable {
		keys := make([]reflect.Value, 0, n)
		for it := v.MapRange(); len(keys) < n && it.Next(); {
			keys = append(keys, it.Key())
		}
		return keys
	}
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int {
		switch {
		case a.CanInt():
			return cmp.Compare(a.Int(), b.Int())
		case a.CanUint():
			return cmp.Compare(a.Uint(), b.Uint())
		case a.CanFloat():
			return cmp.Compare(a.Float(), b.Float())
		case a.Kind() == reflect.String:
			return cmp.Compare(a.String(), b.String())
		}
		return 0
	})
	return keys[:min(n, len(keys))]
}
