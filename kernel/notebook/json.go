package notebook

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// encode writes a tree of JSON values in the layout that Jupyter gives its files, which is that of Python's json
// module with sorted keys and indent=1: unlike Go's it escapes neither <, > and & nor U+2028.
func encode(root any) ([]byte, error) {
	var b bytes.Buffer
	if err := encodeValue(&b, root, 1); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

func encodeValue(b *bytes.Buffer, v any, depth int) error {
	newline := func(depth int) {
		b.WriteByte('\n')
		for range depth {
			b.WriteByte(' ')
		}
	}
	switch v := v.(type) {
	case nil:
		b.WriteString("null")
	case bool:
		b.WriteString(strconv.FormatBool(v))
	case int:
		b.WriteString(strconv.Itoa(v))
	case json.Number:
		b.WriteString(v.String())
	case string:
		encodeString(b, v)
	case map[string]any:
		if len(v) == 0 {
			b.WriteString("{}")
			return nil
		}
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for i, k := range keys {
			b.WriteByte("{,"[min(i, 1)])
			newline(depth)
			encodeString(b, k)
			b.WriteString(": ")
			if err := encodeValue(b, v[k], depth+1); err != nil {
				return err
			}
		}
		newline(depth - 1)
		b.WriteByte('}')
	case []any:
		if len(v) == 0 {
			b.WriteString("[]")
			return nil
		}
		for i, e := range v {
			b.WriteByte("[,"[min(i, 1)])
			newline(depth)
			if err := encodeValue(b, e, depth+1); err != nil {
				return err
			}
		}
		newline(depth - 1)
		b.WriteByte(']')
	default: // a value that a caller put into metadata
		plain, err := plainJSON(v)
		if err != nil {
			return err
		}
		return encodeValue(b, plain, depth)
	}
	return nil
}

func encodeString(b *bytes.Buffer, s string) {
	b.WriteByte('"')
	for _, r := range s { // bytes that are no UTF-8 become U+FFFD
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r >= ' ':
			b.WriteRune(r)
		default:
			if i := strings.IndexRune("\b\f\n\r\t", r); i >= 0 {
				b.WriteByte('\\')
				b.WriteByte("bfnrt"[i])
			} else {
				fmt.Fprintf(b, `\u%04x`, r)
			}
		}
	}
	b.WriteByte('"')
}

// plainJSON turns any value that Go can encode into maps, slices, strings and json.Numbers.
func plainJSON(v any) (any, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("a %T is no JSON value: %w", v, err)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var plain any
	if err := d.Decode(&plain); err != nil {
		return nil, fmt.Errorf("a %T is no JSON value: %w", v, err)
	}
	return plain, nil
}

// lines splits text into a list of lines that keep their ends, at the places where
// Python's str.splitlines does.
func lines(s string) []any {
	list := []any{}
	start := 0
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		switch r {
		case '\r':
			if i < len(s) && s[i] == '\n' {
				i++
			}
		case '\n', '\v', '\f', 0x1c, 0x1d, 0x1e, 0x85, 0x2028, 0x2029:
		default:
			continue
		}
		list = append(list, s[start:i])
		start = i
	}
	if start < len(s) {
		list = append(list, s[start:])
	}
	return list
}
