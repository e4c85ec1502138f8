package render

import (
	"bytes"
	"encoding"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"reflect"
	"strings"

	"github.com/spikebook/spikebook/kernel/interrupt"
	"github.com/spikebook/spikebook/kernel/live"
)

// LargestForm bounds one form of a value in bytes; more than that stalls a
// browser. A form that is larger is left out, and the text says so.
const LargestForm = 50 << 20

// Bundle returns the forms of a value by mime type, binary ones in base64, and
// their metadata by mime type. Of several values, as a call returns them, only
// the text is shown, separated by commas.
func Bundle(values ...any) (data, metadata map[string]any) {
	if len(values) != 1 {
		texts := make([]string, len(values))
		for i, v := range values {
			texts[i] = Text(v)
		}
		return map[string]any{"text/plain": strings.Join(texts, ", ")}, nil
	}
	if values[0] == nil {
		return map[string]any{"text/plain": "<nil>"}, nil
	}
	b := bundle{data: map[string]any{}, metadata: map[string]any{}}
	b.rich(withPointer(values[0]))
	b.drawn(withPointer(values[0]))
	if _, ok := b.data["text/plain"]; !ok {
		b.data["text/plain"] = Text(values[0])
	}
	if len(b.notes) > 0 {
		b.data["text/plain"] = fmt.Sprint(b.data["text/plain"], "\n", strings.Join(b.notes, "\n"))
	}
	return b.data, b.metadata
}

// A Picture draws a value; width and height are in CSS pixels.
type Picture func() (png []byte, width, height int, err error)

var pictures []func(v any) Picture

// AddPicture registers how values of a library are drawn that have no method for
// it. f returns nil for values that it does not know. It is called in init only.
func AddPicture(f func(v any) Picture) { pictures = append(pictures, f) }

// drawn adds the picture of a value that says nothing about itself.
func (b *bundle) drawn(v any) {
	if len(b.data) > 0 || IsNil(v) {
		return
	}
	for _, f := range pictures {
		picture := f(v)
		if picture == nil {
			continue
		}
		b.form("Draw", func() error {
			png, width, height, err := picture()
			if err != nil {
				return err
			}
			b.add("image/png", base64.StdEncoding.EncodeToString(png))
			b.metadata["image/png"] = map[string]any{"width": width, "height": height}
			return nil
		})
		b.data["text/plain"] = fmt.Sprintf("%T", v)
		return
	}
}

// withPointer returns v, or a pointer to a copy of v when only pointers of its
// type have methods: `x` and `&x` look the same in a notebook.
func withPointer(v any) any {
	t := reflect.TypeOf(v)
	if t.Kind() == reflect.Pointer || t.Kind() == reflect.Interface || reflect.PointerTo(t).NumMethod() == t.NumMethod() {
		return v
	}
	p := reflect.New(t)
	p.Elem().Set(reflect.ValueOf(v))
	return p.Interface()
}

// A bundle is filled form by form.
type bundle struct {
	data, metadata map[string]any
	notes          []string
}

// rich adds what the methods of v offer.
func (b *bundle) rich(v any) {
	if IsNil(v) {
		return
	}
	if m, ok := v.(interface {
		MIMEBundle() (data, metadata map[string]any)
	}); ok {
		b.form("MIMEBundle", func() error {
			data, metadata := m.MIMEBundle()
			for mime, content := range data {
				if raw, ok := content.([]byte); ok {
					content = base64.StdEncoding.EncodeToString(raw)
				}
				if s, ok := content.(string); ok {
					b.add(mime, s)
				} else {
					b.data[mime] = content
				}
			}
			for mime, about := range metadata {
				b.metadata[mime] = about
			}
			return nil
		})
	}
	if m, ok := v.(interface{ HTML() string }); ok {
		b.text("text/html", "HTML", m.HTML)
	}
	if m, ok := v.(interface{ Markdown() string }); ok {
		b.text("text/markdown", "Markdown", m.Markdown)
	}
	if m, ok := v.(interface{ Latex() string }); ok {
		b.text("text/latex", "Latex", m.Latex)
	} else if m, ok := v.(interface{ LaTeX() string }); ok {
		b.text("text/latex", "LaTeX", m.LaTeX)
	}
	if m, ok := v.(interface{ SVG() string }); ok {
		b.text("image/svg+xml", "SVG", m.SVG)
	}
	b.images(v)
	b.json(v)
}

// text adds a form that a method gives as a string.
func (b *bundle) text(mime, method string, f func() string) {
	if _, ok := b.data[mime]; ok {
		return
	}
	b.form(method, func() error {
		b.add(mime, f())
		return nil
	})
}

// images adds PNG and JPEG.
func (b *bundle) images(v any) {
	size := func(mime string) {
		m, ok := v.(interface{ PNGSize() (width, height int) })
		if _, done := b.metadata[mime]; !ok || done || mime != "image/png" {
			return
		}
		b.form("PNGSize", func() error {
			if width, height := m.PNGSize(); width > 0 && height > 0 {
				b.metadata[mime] = map[string]any{"width": width, "height": height}
			}
			return nil
		})
	}
	raw := func(mime, method string, f func() ([]byte, error)) {
		if _, ok := b.data[mime]; ok {
			return
		}
		b.form(method, func() error {
			bytes, err := f()
			if err != nil {
				return err
			}
			b.add(mime, base64.StdEncoding.EncodeToString(bytes))
			return nil
		})
		size(mime)
	}
	encode := func(img image.Image) ([]byte, error) {
		if img == nil || img.Bounds().Empty() {
			return nil, errors.New("the image is empty")
		}
		var buf bytes.Buffer
		err := png.Encode(&buf, img)
		return buf.Bytes(), err
	}
	switch m := v.(type) {
	case interface{ PNG() []byte }:
		raw("image/png", "PNG", func() ([]byte, error) { return m.PNG(), nil })
	case interface{ PNG() ([]byte, error) }:
		raw("image/png", "PNG", m.PNG)
	case interface{ PNG() image.Image }:
		raw("image/png", "PNG", func() ([]byte, error) { return encode(m.PNG()) })
	case image.Image:
		raw("image/png", "At", func() ([]byte, error) { return encode(m) })
	}
	switch m := v.(type) {
	case interface{ JPEG() []byte }:
		raw("image/jpeg", "JPEG", func() ([]byte, error) { return m.JPEG(), nil })
	case interface{ JPEG() ([]byte, error) }:
		raw("image/jpeg", "JPEG", m.JPEG)
	}
}

// json adds application/json from a method JSON, of any result, or from
// MarshalJSON. The latter only for objects and lists of types that do not say how
// they look as text: a time or a big number is not better as a JSON tree.
func (b *bundle) json(v any) {
	if _, ok := b.data["application/json"]; ok {
		return
	}
	if f := reflect.ValueOf(v).MethodByName("JSON"); f.IsValid() && f.Type().NumIn() == 0 && f.Type().NumOut() >= 1 {
		b.form("JSON", func() error {
			out := f.Call(nil)
			if len(out) > 1 {
				if err, ok := out[len(out)-1].Interface().(error); ok && err != nil {
					return err
				}
			}
			return b.addJSON(out[0].Interface())
		})
		return
	}
	m, ok := v.(json.Marshaler)
	if !ok {
		return
	}
	switch v.(type) {
	case fmt.Stringer, error, encoding.TextMarshaler:
		return
	}
	b.form("MarshalJSON", func() error {
		text, err := m.MarshalJSON()
		if err != nil {
			return err
		}
		if text = bytes.TrimSpace(text); len(text) == 0 || text[0] != '{' && text[0] != '[' {
			return nil
		}
		return b.addJSON(text)
	})
}

// addJSON adds a value, or a text that holds JSON already.
func (b *bundle) addJSON(v any) error {
	var text []byte
	var err error
	switch v := v.(type) {
	case string:
		text = []byte(v)
	case []byte:
		text = v
	default:
		if text, err = json.Marshal(v); err != nil {
			return err
		}
	}
	if len(text) > LargestForm {
		b.tooLarge("application/json", len(text))
		return nil
	}
	var parsed any
	if err := json.Unmarshal(text, &parsed); err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	b.data["application/json"] = parsed
	return nil
}

func (b *bundle) add(mime, content string) {
	if len(content) > LargestForm {
		b.tooLarge(mime, len(content))
		return
	}
	b.data[mime] = content
}

func (b *bundle) tooLarge(mime string, n int) {
	b.notes = append(b.notes, fmt.Sprintf("(%s form of %d MB left out: a notebook shows at most %d MB)", mime, n>>20, LargestForm>>20))
}

// form calls f, which runs a method of the value, and notes what went wrong.
func (b *bundle) form(method string, f func() error) {
	if err := protect(f); err != nil {
		b.notes = append(b.notes, fmt.Sprintf("(method %s: %v)", method, err))
	}
}

// protect calls user code and makes its panic an error. An interrupt and os.Exit
// in cell code are meant for the cell and pass through.
func protect(f func() error) (err error) {
	defer func() {
		switch v := recover().(type) {
		case nil:
		case interrupt.Interrupted, live.Exited:
			panic(v)
		case error:
			err = fmt.Errorf("panic: %s", ErrorText(v))
		default:
			err = fmt.Errorf("panic: %s", Text(v))
		}
	}()
	return f()
}

// ErrorText is err.Error(), also when that panics.
func ErrorText(err error) string {
	var text string
	if failed := protect(func() error { text = err.Error(); return nil }); failed != nil {
		return fmt.Sprintf("%T (its Error method: %v)", err, failed)
	}
	return cut(text)
}

// IsNil tells whether v is nil or holds a nil pointer, map, slice, function or channel.
func IsNil(v any) bool {
	if v == nil {
		return true
	}
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Func, reflect.Chan, reflect.UnsafePointer:
		return r.IsNil()
	}
	return false
}
