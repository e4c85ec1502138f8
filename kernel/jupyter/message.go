package jupyter

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// protocolVersion is what the kernel announces and writes into headers.
const protocolVersion = "5.5"

var delimiter = []byte("<IDS|MSG>")

// Message is one Jupyter message. The JSON parts are kept as they came or
// will be sent, since signatures cover their bytes and replies repeat the
// header of their request unchanged.
type Message struct {
	Identities [][]byte // ROUTER identities of the sender, or the topic
	Type       string   // msg_type of the header
	ID         string   // msg_id of the header
	Subshell   string   // subshell_id of the header: whom a request on shell is for; empty: the main shell
	Header     json.RawMessage
	Parent     json.RawMessage
	Metadata   json.RawMessage
	Content    json.RawMessage
	Buffers    [][]byte // raw data, not covered by the signature
}

// ErrMalformed is wrapped by every error of ParseMessage that is the sender's fault.
var ErrMalformed = errors.New("malformed message")

// ParseMessage takes the frames of a multipart message apart and verifies
// the signature before it looks at anything else. It is liberal in what
// headers may lack: only msg_type is required.
func ParseMessage(frames [][]byte, sign *Signer) (*Message, error) {
	at := -1
	for i, f := range frames {
		if bytes.Equal(f, delimiter) {
			at = i
			break
		}
	}
	if at < 0 {
		return nil, fmt.Errorf("%w: no delimiter %s in %d frames", ErrMalformed, delimiter, len(frames))
	}
	rest := frames[at+1:]
	if len(rest) < 5 {
		return nil, fmt.Errorf("%w: %d frames after the delimiter, want at least 5", ErrMalformed, len(rest))
	}
	if err := sign.Verify(rest[0], rest[1:5]); err != nil {
		return nil, err
	}
	m := &Message{Identities: frames[:at], Buffers: rest[5:]}
	parts := []*json.RawMessage{&m.Header, &m.Parent, &m.Metadata, &m.Content}
	names := []string{"header", "parent_header", "metadata", "content"}
	for i, p := range parts {
		f := bytes.TrimSpace(rest[1+i])
		if i > 0 && (len(f) == 0 || string(f) == "null") { // a lenient reading of "empty"
			f = []byte("{}")
		}
		if !utf8.Valid(f) || len(f) == 0 || f[0] != '{' || !json.Valid(f) {
			return nil, fmt.Errorf("%w: %s is not a JSON object in UTF-8", ErrMalformed, names[i])
		}
		*p = f
	}
	var h map[string]any
	if err := json.Unmarshal(m.Header, &h); err != nil {
		return nil, fmt.Errorf("%w: header: %v", ErrMalformed, err)
	}
	m.Type, _ = h["msg_type"].(string)
	m.ID, _ = h["msg_id"].(string)
	m.Subshell, _ = h["subshell_id"].(string)
	if m.Type == "" {
		return nil, fmt.Errorf("%w: header has no msg_type", ErrMalformed)
	}
	return m, nil
}

// Frames serialises and signs m.
func (m *Message) Frames(sign *Signer) [][]byte {
	parts := [][]byte{m.Header, m.Parent, m.Metadata, m.Content}
	for i, p := range parts {
		if len(p) == 0 {
			parts[i] = []byte("{}")
		}
	}
	frames := make([][]byte, 0, len(m.Identities)+6+len(m.Buffers))
	frames = append(frames, m.Identities...)
	frames = append(frames, delimiter, sign.Sign(parts))
	frames = append(frames, parts...)
	return append(frames, m.Buffers...)
}

// origin makes the headers of one process: its session id stays the same for
// its life, so that clients recognise a restart by its change.
type origin struct {
	session  string
	username string
}

func newOrigin() origin { return origin{session: newID(), username: "kernel"} }

// newID returns 32 random hexadecimal digits.
func newID() string {
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// header returns a new header dated now.
func (o origin) header(msgType, id string) json.RawMessage {
	return object(struct {
		ID       string `json:"msg_id"`
		Session  string `json:"session"`
		Username string `json:"username"`
		Date     string `json:"date"`
		Type     string `json:"msg_type"`
		Version  string `json:"version"`
	}{id, o.session, o.username, timestamp(time.Now()), msgType, protocolVersion})
}

// message makes a message caused by parent, which may be nil.
func (o origin) message(msgType string, parent *Message, metadata, content any) *Message {
	id := newID()
	m := &Message{Type: msgType, ID: id, Header: o.header(msgType, id), Metadata: object(metadata), Content: object(content)}
	if parent != nil {
		m.Parent = parent.Header
	}
	return m
}

// timestamp is ISO 8601 in UTC with microseconds.
func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

// object marshals v as a JSON object: {} when v is nil or a nil map. Values
// that JSON has no form for (a channel, NaN) become an object that says so,
// since a message with a hole is better than a client that waits for ever.
func object(v any) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return object(map[string]string{"encoding_error": err.Error()})
	}
	out := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	if string(out) == "null" {
		return json.RawMessage("{}")
	}
	return out
}
