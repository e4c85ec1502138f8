package jupyter

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// helpful is a toy that also completes and inspects: it proposes the word
// before the cursor with endings, and describes it.
type helpful struct{ *toy }

func word(code string, cursor int) int {
	return strings.LastIndexAny(code[:cursor], " ;.") + 1
}

func (helpful) Complete(code string, cursor int) Completion {
	start := word(code, cursor)
	switch code[start:cursor] {
	case "crash":
		panic("a bug")
	case "outside":
		return Completion{Matches: []Match{{Text: "x"}}, Start: -1, End: 3}
	}
	return Completion{Start: start, End: cursor, Matches: []Match{
		{Text: code[start:cursor] + "ntln", Type: "function", Signature: "(a ...any)"}, {Text: code[start:cursor] + "größe"}}}
}

func (helpful) Inspect(code string, cursor, detail int) *Display {
	switch name := code[word(code, cursor):cursor]; name {
	case "crash":
		panic("a bug")
	case "unknown":
		return nil
	default:
		return &Display{Data: map[string]any{"text/plain": fmt.Sprint(name, " ", detail), "text/markdown": "**" + name + "**"}}
	}
}

func (e helpful) Execute(ctx context.Context, r Request, out Output) Result {
	if name, ok := strings.CutSuffix(r.Code, "?"); ok {
		return Result{Page: &Display{Data: map[string]any{"text/markdown": "**" + name + "**", "text/plain": name}}}
	}
	return e.toy.Execute(ctx, r, out)
}

func TestCompleteAndInspectOverTheWire(t *testing.T) {
	_, c := startKernel(t, helpful{newToy()})
	for _, s := range []struct {
		request string
		content any
		want    string
	}{
		// P-25: the emoji is one code point, two units of UTF-16 and four bytes.
		{"complete_request", map[string]any{"code": `"😀"; fmt.Pri`, "cursor_pos": 12}, `{"status":"ok","matches":["Println","Prigröße"],"cursor_start":9,"cursor_end":12,
			"metadata":{"_jupyter_types_experimental":[{"text":"Println","type":"function","signature":"(a ...any)","start":9,"end":12},{"text":"Prigröße","type":"","start":9,"end":12}]}}`},
		{"complete_request", map[string]any{"code": "crash", "cursor_pos": 5}, `{"status":"ok","matches":[],"cursor_start":5,"cursor_end":5,"metadata":{}}`},
		{"complete_request", map[string]any{"code": "é outside"}, `{"status":"ok","matches":[],"cursor_start":9,"cursor_end":9,"metadata":{}}`},
		{"complete_request", map[string]any{"code": 7}, `{"status":"ok","matches":["ntln","größe"],"cursor_start":0,"cursor_end":0,
			"metadata":{"_jupyter_types_experimental":[{"text":"ntln","type":"function","signature":"(a ...any)","start":0,"end":0},{"text":"größe","type":"","start":0,"end":0}]}}`},
		{"inspect_request", map[string]any{"code": "😀 fmt", "cursor_pos": 5, "detail_level": 1}, `{"status":"ok","found":true,"data":{"text/plain":"fmt 1","text/markdown":"**fmt**"},"metadata":{}}`},
		{"inspect_request", map[string]any{"code": "unknown", "cursor_pos": 7}, `{"status":"ok","found":false,"data":{},"metadata":{}}`},
		{"inspect_request", map[string]any{"code": "crash", "cursor_pos": 1e99}, `{"status":"ok","found":false,"data":{},"metadata":{}}`},
	} {
		reply, pub := c.answer(c.send(c.shell, s.request, nil, s.content), c.shellIn)
		var got, want any
		json.Unmarshal(reply.Content, &got)
		if err := json.Unmarshal([]byte(s.want), &want); err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) || kinds(pub) != "busy idle" {
			t.Errorf("%s %v: %s, want %s", s.request, s.content, reply.Content, s.want)
		}
	}
}

func TestPageIsAPayload(t *testing.T) {
	_, c := startKernel(t, helpful{newToy()})
	reply, pub := c.answer(c.execute("fmt?"), c.shellIn)
	if got, want := field(reply, "payload"), "[map[data:map[text/markdown:**fmt** text/plain:fmt] source:page start:0]]"; got != want || kinds(pub) != "busy execute_input idle" {
		t.Errorf("payload %s with %s, want %s", got, kinds(pub), want)
	}
}

func FuzzCursor(f *testing.F) {
	f.Add("abc", 2)
	f.Add(`"😀"; fmt.Pri`, 12)
	f.Add("", -1)
	f.Add("é\xff\xfe", 99)
	f.Add("👩‍🔬", 3)
	f.Fuzz(func(t *testing.T, text string, points int) {
		offset := byteOffset(text, points)
		want := max(0, min(points, utf8.RuneCountInString(text)))
		if got := codePoints(text, offset); got != want {
			t.Errorf("%q: point %d is byte %d, which is point %d", text, points, offset, got)
		}
	})
}
