package jupyter

import (
	"encoding/json"
	"unicode/utf8"
)

// A Completer is an Evaluator that proposes how the text at the cursor may go
// on. cursor and the places of the result are byte offsets in code.
type Completer interface {
	Complete(code string, cursor int) Completion
}

// An Inspector is an Evaluator that describes the name at the cursor, a byte
// offset. detail 1 asks for the source text, too. nil means that the name is
// not known.
type Inspector interface {
	Inspect(code string, cursor, detail int) *Display
}

// A Completion is a list of texts, each of which may replace code[Start:End].
type Completion struct {
	Matches    []Match
	Start, End int
}

// A Match is one proposal.
type Match struct {
	Text      string
	Type      string // what it is, for its icon: "function", "variable", …; may be empty
	Signature string // shown beside it; may be empty
}

// byteOffset turns a cursor that counts code points (P-25) into a byte offset.
// One that is out of range moves to the nearest end.
func byteOffset(text string, points int) int {
	for i := range text {
		if points <= 0 {
			return i
		}
		points--
	}
	return len(text)
}

// codePoints is the opposite of byteOffset.
func codePoints(text string, offset int) int {
	return utf8.RuneCountInString(text[:max(0, min(offset, len(text)))])
}

// cursorRequest is the content of complete_request and inspect_request.
type cursorRequest struct {
	Code   string   `json:"code"`
	Cursor *float64 `json:"cursor_pos"` // in code points; absent: the end
	Detail float64  `json:"detail_level"`
}

// offset is the cursor in bytes.
func (r *cursorRequest) offset() int {
	if r.Cursor == nil {
		return len(r.Code)
	}
	return byteOffset(r.Code, int(max(-1, min(*r.Cursor, float64(len(r.Code)))))) // a code point has a byte at least
}

// complete answers a complete_request. Whatever goes wrong, the answer is a
// list, if an empty one (P-26).
func (k *Kernel) complete(s socket, m *Message) {
	var req cursorRequest
	if err := json.Unmarshal(m.Content, &req); err != nil {
		k.logf.limited("complete_request: %v", err)
	}
	cursor := req.offset()
	c := k.completion(req.Code, cursor)
	start, end := codePoints(req.Code, c.Start), codePoints(req.Code, c.End)
	matches, kinds := []string{}, []any{}
	for _, one := range c.Matches {
		matches = append(matches, one.Text)
		kind := map[string]any{"text": one.Text, "type": one.Type, "start": start, "end": end}
		if one.Signature != "" {
			kind["signature"] = one.Signature
		}
		kinds = append(kinds, kind)
	}
	metadata := map[string]any{}
	if len(kinds) > 0 {
		metadata["_jupyter_types_experimental"] = kinds
	}
	k.reply(s, m, nil, map[string]any{"status": "ok", "matches": matches,
		"cursor_start": start, "cursor_end": end, "metadata": metadata})
}

func (k *Kernel) completion(code string, cursor int) (c Completion) {
	nothing := Completion{Start: cursor, End: cursor}
	completer, ok := k.ev.(Completer)
	if !ok {
		return nothing
	}
	defer func() {
		if p := recover(); p != nil {
			k.logf.limited("complete_request: internal error: %v", p)
			c = nothing
		}
	}()
	c = completer.Complete(code, cursor)
	if c.Start < 0 || c.Start > c.End || c.End > len(code) {
		k.logf.limited("complete_request: internal error: matches for %d to %d of %d bytes", c.Start, c.End, len(code))
		return nothing
	}
	return c
}

// inspect answers an inspect_request.
func (k *Kernel) inspect(s socket, m *Message) {
	var req cursorRequest
	if err := json.Unmarshal(m.Content, &req); err != nil {
		k.logf.limited("inspect_request: %v", err)
	}
	content := map[string]any{"status": "ok", "found": false, "data": map[string]any{}, "metadata": map[string]any{}}
	if d := k.description(req.Code, req.offset(), int(max(0, min(req.Detail, 1)))); d != nil {
		shown := displayContent(*d)
		content["found"], content["data"], content["metadata"] = true, shown["data"], shown["metadata"]
	}
	k.reply(s, m, nil, content)
}

func (k *Kernel) description(code string, cursor, detail int) (d *Display) {
	inspector, ok := k.ev.(Inspector)
	if !ok {
		return nil
	}
	defer func() {
		if p := recover(); p != nil {
			k.logf.limited("inspect_request: internal error: %v", p)
			d = nil
		}
	}()
	return inspector.Inspect(code, cursor, detail)
}

// payload is what an execute_reply asks of the front end beside the output.
func payload(r *Result) []any {
	list := []any{}
	if r.Page != nil {
		list = append(list, map[string]any{"source": "page", "data": displayContent(*r.Page)["data"], "start": 0})
	}
	if r.Next != nil {
		list = append(list, map[string]any{"source": "set_next_input", "text": r.Next.Text, "replace": r.Next.Replace})
	}
	return list
}
