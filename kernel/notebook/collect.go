package notebook

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// collector turns what a session shows into saved outputs, cell by cell, by the rules of
// JupyterLab. One collector serves a whole notebook, since an update may reach an earlier cell.
type collector struct {
	mu       sync.Mutex
	displays map[string][]shown // by display ID: where it is shown now
	known    map[string]bool    // display IDs ever shown, also those cleared since
	streams  []*stream          // text that still grows
	closed   bool               // outputs are final; what comes later is dropped
}

// shown is an output that shows a display.
type shown struct {
	cell *Cell
	out  CellOutput
}

// stream is the text of one stream output while it grows.
type stream struct {
	out  CellOutput
	text terminal
}

func newCollector() *collector {
	return &collector{displays: map[string][]shown{}, known: map[string]bool{}}
}

// close makes the outputs final: stream text becomes a string.
func (c *collector) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for _, s := range c.streams {
		s.out["text"] = s.text.String()
	}
}

// lock begins a change of outputs, if they may still change.
func (c *collector) lock() bool {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return false
	}
	return true
}

// cellOutput is the Output of one cell.
type cellOutput struct {
	all     *collector
	cell    *Cell
	pending bool // clear before the next output
	last    *stream
}

func (c *collector) output(cell *Cell) *cellOutput { return &cellOutput{all: c, cell: cell} }

// Stream appends text to the last output if that is the same stream.
func (o *cellOutput) Stream(name, text string) {
	if text == "" {
		return
	}
	if !o.all.lock() {
		return
	}
	defer o.all.mu.Unlock()
	o.clearPending()
	if o.last == nil || o.last.out["name"] != name {
		o.last = &stream{out: CellOutput{"output_type": "stream", "name": name, "text": ""}}
		o.all.streams = append(o.all.streams, o.last)
		o.cell.Outputs = append(o.cell.Outputs, o.last.out)
	}
	o.last.text.write(text)
}

// Display adds an output, or changes all outputs that show its ID. An update of an ID that has
// never been shown is shown; of one that has been cleared it is dropped.
func (o *cellOutput) Display(d Display) {
	if !o.all.lock() {
		return
	}
	defer o.all.mu.Unlock()
	data, metadata := bundle(d)
	if d.Update && o.all.known[d.ID] {
		for _, s := range o.all.displays[d.ID] {
			s.out["data"], s.out["metadata"] = maps.Clone(data), maps.Clone(metadata)
		}
		return
	}
	o.clearPending()
	o.show(d.ID, CellOutput{"output_type": "display_data", "data": data, "metadata": metadata})
}

// ClearOutput removes the cell's outputs, now or when the next one comes.
func (o *cellOutput) ClearOutput(wait bool) {
	if !o.all.lock() {
		return
	}
	defer o.all.mu.Unlock()
	o.pending = true
	if !wait {
		o.clearPending()
	}
}

// finish adds a cell's result: its value, or its error.
func (o *cellOutput) finish(r Result, count int) {
	if !o.all.lock() {
		return
	}
	defer o.all.mu.Unlock()
	if r.Value != nil {
		data, metadata := bundle(*r.Value)
		o.clearPending()
		o.show(r.Value.ID, CellOutput{"output_type": "execute_result", "data": data, "metadata": metadata, "execution_count": count})
	}
	if r.Err != nil {
		traceback := []any{}
		for _, line := range r.Err.Traceback {
			traceback = append(traceback, line)
		}
		o.clearPending()
		o.add(CellOutput{"output_type": "error", "ename": r.Err.Name, "evalue": r.Err.Value, "traceback": traceback})
	}
}

func (o *cellOutput) show(id string, out CellOutput) {
	o.add(out)
	if id != "" {
		o.all.known[id] = true
		o.all.displays[id] = append(o.all.displays[id], shown{o.cell, out})
	}
}

func (o *cellOutput) add(out CellOutput) {
	o.last = nil
	o.cell.Outputs = append(o.cell.Outputs, out)
}

func (o *cellOutput) clearPending() {
	if !o.pending {
		return
	}
	o.pending, o.last, o.cell.Outputs = false, nil, nil
	for id, places := range o.all.displays {
		o.all.displays[id] = slices.DeleteFunc(places, func(s shown) bool { return s.cell == o.cell })
	}
}

var mediaName = regexp.MustCompile(`^[\w\-+.]+/[\w\-+.]+$`)

// bundle brings a display into the form of a file: parameters are cut from media types, binary values become
// base64 in one line, JSON types real JSON, everything else text, and there is always a text/plain.
// The kernel does the same for a front end, so both ways lead to the same file.
func bundle(d Display) (data, metadata map[string]any) {
	data = map[string]any{}
	for media, v := range d.Data {
		media, _, _ = strings.Cut(media, ";")
		if media = strings.TrimSpace(media); mediaName.MatchString(media) {
			data[media] = mediaValue(media, v)
		}
	}
	if _, ok := data["text/plain"]; !ok {
		data["text/plain"] = placeholder(data)
	}
	metadata = map[string]any{}
	if plain, err := plainJSON(d.Metadata); err == nil {
		if m, ok := plain.(map[string]any); ok {
			metadata = m
		}
	}
	return data, metadata
}

// placeholder is the text of a display that has none: the list of its media types.
func placeholder(data map[string]any) string {
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(data)), func(name string) bool { return name == "text/plain" })
	return "[" + strings.Join(names, ", ") + "]"
}

func mediaValue(media string, v any) any {
	text, isText := v.(string)
	raw, isBytes := v.([]byte)
	if r, ok := v.(json.RawMessage); ok {
		raw, isBytes = r, true
	}
	switch {
	case isJSON(media):
		if isText {
			raw, isBytes = []byte(text), true
		}
		if isBytes {
			if plain, err := plainJSON(json.RawMessage(raw)); err == nil {
				return plain
			}
			return string(raw)
		}
		plain, err := plainJSON(v)
		if err != nil {
			return err.Error()
		}
		return plain
	case strings.HasPrefix(media, "text/"), strings.HasSuffix(media, "+xml"), media == "application/javascript":
		if isBytes {
			return string(raw)
		}
	default:
		if isBytes {
			return base64.StdEncoding.EncodeToString(raw)
		}
		if isText {
			return strings.Map(func(r rune) rune {
				if r == '\n' || r == '\r' {
					return -1
				}
				return r
			}, text)
		}
	}
	if isText {
		return text
	}
	return fmt.Sprint(v)
}
