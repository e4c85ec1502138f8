package worker

import (
	"encoding/base64"
	"encoding/gob"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// gonbui serves the display protocol of GoNB v0.11.4 for one worker: displays
// come in on one named pipe as a gob stream, acknowledgements go back on another.
type gonbui struct {
	outlet *Outlet
	reader *gobReader
	values chan *protocol.CommValue // for the program: acknowledgements, values of pages
	told   map[string]bool
	lost   bool // the stream of displays cannot be decoded any more

	closing sync.Mutex // guards told and closed, and values against being closed in the middle of a send
	closed  bool

	browser *browser                                                            // nil: pages cannot be reached
	ask     func(prompt string, password bool, reply func(text, refuse string)) // nil: nobody can be asked
	line    func(text string)                                                   // gives the program a line of input
}

// newGonbui starts the writer of values to back; it ends when values is closed.
func newGonbui(outlet *Outlet, back io.Writer) *gonbui {
	g := &gonbui{
		outlet: outlet,
		reader: newGobReader(),
		values: make(chan *protocol.CommValue, 4096),
		told:   map[string]bool{},
	}
	go func() {
		encoder := gob.NewEncoder(back)
		for value := range g.values {
			if encoder.Encode(value) != nil {
				break // the worker is gone
			}
		}
		for range g.values {
		}
	}()
	return g
}

// close ends the writer of values.
func (g *gonbui) close() {
	// An acknowledgement may still wait in the outlet, so the channel itself stays
	// open until everything before it went out.
	g.outlet.Then(func() {
		g.closing.Lock()
		defer g.closing.Unlock()
		g.closed = true
		close(g.values)
	})
}

// back sends a value to the program.
func (g *gonbui) back(v *protocol.CommValue) {
	g.closing.Lock()
	defer g.closing.Unlock()
	if g.closed {
		return
	}
	select {
	case g.values <- v:
	default: // thousands wait: the program does not read
	}
}

// feed handles bytes of the display pipe.
func (g *gonbui) feed(b []byte) {
	if g.lost {
		return
	}
	err := g.reader.feed(b, g.show, func(err error) { g.note(err.Error()) })
	if err != nil {
		g.lost = true
		g.note(fmt.Sprintf("displays are lost: their stream cannot be read (%v); the cause may be another program that writes to GONB_PIPE; restart the kernel to get displays back", err))
	}
}

// note writes a line of the kernel's own to stderr.
func (g *gonbui) note(text string) {
	g.outlet.Text("stderr", "spikebook: "+Unmark(text)+"\n")
}

// noteOnce is note for what need not be said twice in a worker's life.
func (g *gonbui) noteOnce(text string) {
	g.closing.Lock()
	told := g.told[text]
	g.told[text] = true
	g.closing.Unlock()
	if !told {
		g.note(text)
	}
}

// show handles one message. Its parts that are not mime types are requests.
func (g *gonbui) show(d *protocol.DisplayData) {
	shown := Display{Data: map[string]any{}, Metadata: map[string]any{}, ID: d.DisplayID}
	for mime, value := range d.Data {
		switch mime {
		case protocol.MIMECommValue:
			g.comm(value)
		case protocol.MIMEJupyterInput:
			g.request(value)
		case protocol.MIMECommSubscribe:
			if c, ok := value.(protocol.CommSubscription); ok && g.browser != nil {
				g.browser.subscribe(c)
			}
		default:
			content, err := mimeValue(string(mime), value)
			if err != nil {
				g.note(err.Error())
				continue
			}
			shown.Data[string(mime)] = content
		}
	}
	if len(shown.Data) == 0 {
		return
	}
	for key, value := range d.Metadata {
		content, err := jsonValue(value, 0)
		if err != nil {
			g.note(fmt.Sprintf("display: metadata %q: %v", key, err))
			continue
		}
		shown.Metadata[key] = content
	}
	plainFallback(shown.Data)
	g.outlet.Display(shown)
}

// comm answers a sync; values for other addresses go to pages.
func (g *gonbui) comm(value any) {
	c, ok := value.(protocol.CommValue)
	if !ok {
		g.noteOnce(fmt.Sprintf("display: a comm value of type %T was ignored; want protocol.CommValue", value))
		return
	}
	switch c.Address {
	case protocol.GonbuiSyncAddress:
		if id, ok := c.Value.(int); ok {
			g.outlet.Then(func() { g.back(&protocol.CommValue{Address: protocol.GonbuiSyncAckAddress, Value: id}) })
		}
	default:
		if g.browser != nil {
			g.browser.value(c)
		}
	}
}

// request asks for a line of input, which goes to the program's standard input.
func (g *gonbui) request(value any) {
	r, ok := value.(protocol.InputRequest)
	if !ok || g.ask == nil {
		g.noteOnce("input was requested, but there is nobody who could be asked; os.Stdin stays empty")
		return
	}
	g.ask(r.Prompt, r.Password, func(text, refuse string) {
		if refuse != "" {
			g.note("input was requested: " + refuse)
			return
		}
		g.line(text)
	})
}

var mimeName = regexp.MustCompile(`^[\w\-+.]+/[\w\-+.]+$`)

// mimeValue converts a value of the display protocol to what Jupyter wants under
// this mime type (rule P-40): text as a string, JSON types as JSON, anything
// binary in base64 without line breaks.
func mimeValue(mime string, value any) (any, error) {
	if !mimeName.MatchString(mime) {
		return nil, fmt.Errorf("display: %q is not a mime type; want one like \"text/html\", without parameters", mime)
	}
	var content any
	switch {
	case isJSONMime(mime):
		switch v := value.(type) {
		case string:
			content = parsedJSON([]byte(v), v)
		case []byte:
			content = parsedJSON(v, string(v))
		default:
			var err error
			if content, err = jsonValue(v, 0); err != nil {
				return nil, fmt.Errorf("display of %s: %w", mime, err)
			}
		}
	case isTextMime(mime):
		switch v := value.(type) {
		case string:
			content = strings.ToValidUTF8(v, "\uFFFD")
		case []byte:
			content = strings.ToValidUTF8(string(v), "\uFFFD")
		default:
			content = fmt.Sprint(v)
		}
	default:
		switch v := value.(type) {
		case []byte:
			content = base64.StdEncoding.EncodeToString(v)
			return content, checkSize(content)
		case string:
			// Base64 already, or raw bytes in a string.
			if utf8.ValidString(v) {
				content = v
			} else {
				content = base64.StdEncoding.EncodeToString([]byte(v))
			}
		default:
			var err error
			if content, err = jsonValue(v, 0); err != nil {
				return nil, fmt.Errorf("display of %s: %w", mime, err)
			}
		}
	}
	return unmarkAll(content), checkSize(content)
}

// checkSize refuses content that would stall a browser.
func checkSize(content any) error {
	if n := valueLen(content); n > LargestDisplay {
		return errTooLarge{n}
	}
	return nil
}

func isJSONMime(mime string) bool {
	return mime == "application/json" || strings.HasSuffix(mime, "+json")
}

func isTextMime(mime string) bool {
	return strings.HasPrefix(mime, "text/") || strings.HasSuffix(mime, "+xml") ||
		mime == "application/javascript" || mime == "application/xml"
}

// parsedJSON is the JSON value in b, or text when b is not JSON.
func parsedJSON(b []byte, text string) any {
	var v any
	if json.Unmarshal(b, &v) != nil {
		return text
	}
	return v
}

// plainFallback gives a display a text/plain form if it has none.
func plainFallback(data map[string]any) {
	if _, ok := data["text/plain"]; ok {
		return
	}
	for _, kind := range []string{"text/markdown", "text/latex"} {
		if text, ok := data[kind].(string); ok {
			data["text/plain"] = text
			return
		}
	}
	for _, kind := range []string{"image/png", "image/jpeg", "image/gif", "image/svg+xml", "application/pdf"} {
		if _, ok := data[kind]; ok {
			data["text/plain"] = "[" + kind + "]"
			return
		}
	}
	for kind := range data {
		switch kind {
		case "text/html":
			data["text/plain"] = "[HTML]"
		case "text/javascript", "application/javascript":
			data["text/plain"] = "[JavaScript]"
		default:
			data["text/plain"] = "[" + kind + "]"
		}
		return
	}
}

// jsonValue turns a value that came through gob into one of strings, finite
// numbers, booleans, nil, []any and map[string]any.
func jsonValue(v any, depth int) (any, error) {
	if depth > 100 {
		return nil, fmt.Errorf("nested more than 100 deep")
	}
	switch v := v.(type) {
	case nil, bool:
		return v, nil
	case string:
		return strings.ToValidUTF8(v, "\uFFFD"), nil
	case []byte:
		return base64.StdEncoding.EncodeToString(v), nil
	case float64:
		return finite(v)
	case float32:
		return finite(float64(v))
	}
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return r.Int(), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return r.Uint(), nil
	case reflect.Slice, reflect.Array:
		list := make([]any, r.Len())
		for i := range list {
			element, err := jsonValue(r.Index(i).Interface(), depth+1)
			if err != nil {
				return nil, err
			}
			list[i] = element
		}
		return list, nil
	case reflect.Map:
		if r.Type().Key().Kind() != reflect.String {
			break
		}
		object := make(map[string]any, r.Len())
		for _, key := range r.MapKeys() {
			element, err := jsonValue(r.MapIndex(key).Interface(), depth+1)
			if err != nil {
				return nil, err
			}
			object[key.String()] = element
		}
		return object, nil
	}
	return nil, fmt.Errorf("a value of type %T cannot be shown as JSON", v)
}

// finite is f, or nil where JSON has no number for it.
func finite(f float64) (any, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, nil
	}
	return f, nil
}
