package notebook

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// outputs runs cells in one toy session and gives the saved outputs of all, as JSON.
func outputs(t *testing.T, cells ...string) []string {
	t.Helper()
	s, all := newToy(""), newCollector()
	var made []*Cell
	for i, code := range cells {
		c := &Cell{Type: "code", ID: "c"}
		out := all.output(c)
		out.finish(s.Execute(context.Background(), Request{Code: code, ID: "c", Count: i + 1}, out), i+1)
		made = append(made, c)
	}
	s.Close()
	all.close()
	var list []string
	for _, c := range made {
		raw, err := json.Marshal(c.tree()["outputs"])
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, string(raw))
	}
	return list
}

func TestCollect(t *testing.T) {
	const ab = `{"data":{"text/plain":["b"]},"metadata":{},"output_type":"display_data"}`
	for _, c := range []struct {
		name  string
		cells []string
		want  []string
	}{
		{"nothing", []string{""}, []string{`[]`}},
		{"streams merge", []string{`print a\n` + "\n" + `print b\nc` + "\n" + `warn w` + "\n" + `print d`},
			[]string{`[{"name":"stdout","output_type":"stream","text":["a\n","b\n","c"]},{"name":"stderr","output_type":"stream","text":["w"]},{"name":"stdout","output_type":"stream","text":["d"]}]`}},
		{"displays part streams", []string{"print a\nshow text/plain b\nprint c"},
			[]string{`[{"name":"stdout","output_type":"stream","text":["a"]},` + ab + `,{"name":"stdout","output_type":"stream","text":["c"]}]`}},
		{"carriage return overwrites", []string{`print 10 %\r` + "\n" + `print 100 %\rab` + "\n" + `print \n`},
			[]string{`[{"name":"stdout","output_type":"stream","text":["ab0 %\n"]}]`}},
		{"carriage return and newline", []string{`print a\r` + "\n" + `print \nb\r\nc`},
			[]string{`[{"name":"stdout","output_type":"stream","text":["a\n","b\n","c"]}]`}},
		{"backspace", []string{`print abc\b\bX`}, []string{`[{"name":"stdout","output_type":"stream","text":["aX"]}]`}},
		{"update", []string{"show@p text/plain a\nprint x\nupdate@p text/plain b"},
			[]string{`[` + ab + `,{"name":"stdout","output_type":"stream","text":["x"]}]`}},
		{"update in a later cell, all places", []string{"show@p text/plain a\nshow@p text/plain a", "update@p text/plain b"},
			[]string{`[` + ab + `,` + ab + `]`, `[]`}},
		{"update of a value", []string{"value@p a", "update@p text/plain b"},
			[]string{`[{"data":{"text/plain":["b"]},"execution_count":1,"metadata":{},"output_type":"execute_result"}]`, `[]`}},
		{"update of what was never shown", []string{"update@p text/plain b", "update@p text/plain b"}, []string{`[` + ab + `]`, `[]`}},
		{"update of what was cleared", []string{"show@p text/plain a\nclear\nupdate@p text/plain b"}, []string{`[]`}},
		{"clear", []string{"print a\nclear\nshow text/plain b"}, []string{`[` + ab + `]`}},
		{"clear and wait", []string{"print a\nclear-wait\nshow text/plain b"}, []string{`[` + ab + `]`}},
		{"clear and wait, nothing comes", []string{"show text/plain b\nclear-wait"}, []string{`[` + ab + `]`}},
		{"clear and wait, an update does not clear", []string{"show@p text/plain a\nclear-wait\nupdate@p text/plain b"}, []string{`[` + ab + `]`}},
		{"stream goes on after clear", []string{"print a\nclear\nprint b"}, []string{`[{"name":"stdout","output_type":"stream","text":["b"]}]`}},
		{"clear leaves other cells alone", []string{"show@p text/plain a", "show@p text/plain a\nclear\nupdate@p text/plain b"}, []string{`[` + ab + `]`, `[]`}},
		{"value", []string{"", `value a\nb`},
			[]string{`[]`, `[{"data":{"text/plain":["a\n","b"]},"execution_count":2,"metadata":{},"output_type":"execute_result"}]`}},
		{"error", []string{"print a\nfail E it broke"},
			[]string{`[{"name":"stdout","output_type":"stream","text":["a"]},{"ename":"E","evalue":"it broke","output_type":"error","traceback":["\u001b[31mE\u001b[0m: it broke","  line 1"]}]`}},
		{"output after the cell", []string{"print a\nlater b", "print c"},
			[]string{`[{"name":"stdout","output_type":"stream","text":["ab"]}]`, `[{"name":"stdout","output_type":"stream","text":["c"]}]`}},
		{"picture", []string{"png 123"},
			[]string{`[{"data":{"image/png":"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==","text/plain":["a red dot"]},"metadata":{"image/png":{"width":3}},"output_type":"display_data"}]`}},
		{"media types", []string{"show text/html;charset=utf-8 <b>\nshow application/json {\"b\":1}\nshow image/svg+xml <svg/>\nshow image/gif AB\\nCD"},
			[]string{`[{"data":{"text/html":["<b>"],"text/plain":["[text/html]"]},"metadata":{},"output_type":"display_data"},` +
				`{"data":{"application/json":{"b":1},"text/plain":["[application/json]"]},"metadata":{},"output_type":"display_data"},` +
				`{"data":{"image/svg+xml":["<svg/>"],"text/plain":["[image/svg+xml]"]},"metadata":{},"output_type":"display_data"},` +
				`{"data":{"image/gif":"ABCD","text/plain":["[image/gif]"]},"metadata":{},"output_type":"display_data"}]`}},
	} {
		got := outputs(t, c.cells...)
		for i := range got {
			got[i] = strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(got[i])
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, strings.Join(got, "\n     "), strings.Join(c.want, "\n     "))
		}
	}
}

// plainTerminal is the definition: every character by itself.
func plainTerminal(text string) string {
	lines, at := [][]rune{nil}, 0
	for _, r := range text {
		line := &lines[len(lines)-1]
		switch r {
		case '\n':
			lines, at = append(lines, nil), 0
		case '\r':
			at = 0
		case '\b':
			if at == 0 {
				continue
			}
			if at--; at == len(*line)-1 {
				*line = (*line)[:at]
			}
		default:
			if at == len(*line) {
				*line = append(*line, 0)
			}
			(*line)[at] = r
			at++
		}
	}
	var all []string
	for _, l := range lines {
		all = append(all, string(l))
	}
	return strings.Join(all, "\n")
}

// However text is cut into pieces, the stream ends up the same.
func TestStreamPieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`([abcé]|\r|\n|\x08){0,30}`).Draw(t, "text")
		var got terminal
		rest := []rune(text)
		for len(rest) > 0 {
			n := rapid.IntRange(1, len(rest)).Draw(t, "n")
			got.write(string(rest[:n]))
			rest = rest[n:]
		}
		if want := plainTerminal(text); got.String() != want {
			t.Fatalf("%q in pieces is %q, want %q", text, got.String(), want)
		}
	})
}

// Outputs may come from several goroutines, and after the end.
func TestCollectConcurrently(t *testing.T) {
	all, cell := newCollector(), &Cell{Type: "code"}
	out := all.output(cell)
	var work sync.WaitGroup
	for range 8 {
		work.Go(func() {
			for range 100 {
				out.Stream("stdout", "x\n")
				out.Display(Display{Data: map[string]any{"text/plain": "y"}, ID: "id", Update: true})
			}
		})
	}
	work.Wait()
	all.close()
	out.Stream("stdout", "late")
	out.Display(Display{})
	out.ClearOutput(false)
	n := 0
	for _, o := range cell.Outputs {
		if s, ok := o["text"].(string); ok {
			n += strings.Count(s, "x\n")
			if strings.Contains(s, "late") {
				t.Error("output after the end was taken")
			}
		}
	}
	if n != 800 {
		t.Errorf("%d lines arrived, want 800", n)
	}
}
