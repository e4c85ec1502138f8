package jupyter

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// maxDisplay is the largest display sent on, in bytes after encoding. More
// makes the browser stand still for the whole notebook.
const maxDisplay = 50 << 20

var mimeName = regexp.MustCompile(`^[\w\-+.]+/[\w\-+.]+$`)

// bundle brings data into the form that front ends accept: parameters are
// cut from type names, binary values become base64, JSON types real JSON,
// everything else a string, and there is always a text/plain (P-40).
func bundle(data map[string]any) map[string]any {
	out := make(map[string]any, len(data)+1)
	size := 0
	for name, v := range data {
		name, _, _ = strings.Cut(name, ";")
		name = strings.TrimSpace(name)
		if !mimeName.MatchString(name) {
			continue
		}
		v = mimeValue(name, v)
		if s, ok := v.(string); ok {
			size += len(s)
		} else if raw, ok := v.(json.RawMessage); ok {
			size += len(raw)
		}
		out[name] = v
	}
	if size > maxDisplay {
		return map[string]any{"text/plain": fmt.Sprintf(
			"[display of %.0f MB not shown; the limit is %d MB: show a smaller picture or write it to a file]", float64(size)/1e6, maxDisplay>>20)}
	}
	if _, ok := out["text/plain"]; !ok {
		names := slices.Sorted(maps.Keys(out))
		out["text/plain"] = "[" + strings.Join(names, ", ") + "]"
	}
	return out
}

func isJSON(mime string) bool {
	return mime == "application/json" || strings.HasSuffix(mime, "+json")
}

func isText(mime string) bool {
	return strings.HasPrefix(mime, "text/") || strings.HasSuffix(mime, "+xml") || mime == "application/javascript"
}

func mimeValue(mime string, v any) any {
	switch {
	case isJSON(mime):
		switch v := v.(type) {
		case []byte:
			return jsonText(v)
		case string:
			return jsonText([]byte(v))
		case json.RawMessage:
			return jsonText(v)
		}
		b, err := json.Marshal(v)
		if err != nil {
			b, _ = json.Marshal(err.Error())
		}
		return json.RawMessage(b)
	case isText(mime):
		switch v := v.(type) {
		case string:
			return v
		case []byte:
			return string(v)
		}
		return fmt.Sprint(v)
	}
	switch v := v.(type) {
	case []byte:
		return base64.StdEncoding.EncodeToString(v)
	case string: // base64 already
		return strings.Map(func(r rune) rune {
			if r == '\n' || r == '\r' {
				return -1
			}
			return r
		}, v)
	}
	return fmt.Sprint(v)
}

// jsonText returns b when it is JSON and otherwise the JSON string of it.
func jsonText(b []byte) json.RawMessage {
	if json.Valid(b) {
		return b
	}
	s, _ := json.Marshal(string(b))
	return s
}
