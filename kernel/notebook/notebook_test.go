package notebook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// What Jupyter wrote comes out again byte for byte.
func TestKeepsJupytersBytes(t *testing.T) {
	for _, name := range []string{"jupyter", "empty", "page"} {
		raw, err := os.ReadFile(filepath.Join("testdata", name+".ipynb"))
		if err != nil {
			t.Fatal(err)
		}
		nb, err := Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		got, err := nb.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, raw) {
			t.Errorf("%s: read and written is\n%s\nwant\n%s", name, got, raw)
		}
	}
}

// jsonValue draws any JSON value, with text that tests escapes and line ends.
func jsonValue(depth int) *rapid.Generator[any] {
	text := rapid.Map(anyText, func(s string) any { return s })
	simple := rapid.OneOf(text, rapid.Map(rapid.Bool(), func(b bool) any { return b }), rapid.Just[any](nil),
		rapid.Map(rapid.SampledFrom([]string{"0", "-1", "1.5", "1e-7", "12345678901234567890", "1E+400", "-0.0"}), func(s string) any { return json.Number(s) }))
	if depth == 0 {
		return simple
	}
	return rapid.OneOf(simple,
		rapid.Map(rapid.SliceOfN(jsonValue(depth-1), 0, 3), func(l []any) any { return append([]any{}, l...) }),
		rapid.Map(jsonObject(depth-1), func(m map[string]any) any { return m }))
}

func jsonObject(depth int) *rapid.Generator[map[string]any] {
	return rapid.MapOfN(rapid.StringMatching(`[a-z_.:"é-]{1,6}`), jsonValue(depth), 0, 3)
}

var anyText = rapid.OneOf(rapid.String(), rapid.StringMatching(`([ab<>&"\\]|\n|\r|\r\n|\x0b|\x{2028}|\x{85}|\x00|\x1b|😀){0,12}`))

// listed gives text as nbformat allows it: as one string, or cut anywhere into a list.
func listed(t *rapid.T, s string) any {
	if rapid.Bool().Draw(t, "one string") {
		return s
	}
	list := []any{}
	r := []rune(s)
	for len(r) > 0 {
		n := rapid.IntRange(1, len(r)).Draw(t, "cut")
		list = append(list, string(r[:n]))
		r = r[n:]
	}
	return list
}

// Reading and writing keeps a notebook's meaning: every field, known or not, with text cut in
// another way at most; and doing it twice changes nothing more.
func TestRoundTripKeepsMeaning(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := func(name string) any { return listed(t, anyText.Draw(t, name)) }
		unknown := func(m map[string]any) map[string]any {
			for k, v := range jsonObject(2).Draw(t, "unknown") {
				m["x_"+k] = v
			}
			return m
		}
		bundle := func() map[string]any {
			return map[string]any{"text/plain": text("plain"), "image/png": text("png"), "image/svg+xml": text("svg"),
				"application/json": jsonValue(2).Draw(t, "json"), "application/x+json": []any{"a\n", "b"}}
		}
		cells := []any{}
		for i := range rapid.IntRange(0, 4).Draw(t, "cells") {
			c := unknown(map[string]any{"id": fmt.Sprint("id-", i), "metadata": jsonObject(2).Draw(t, "metadata"), "source": text("source")})
			switch c["cell_type"] = rapid.SampledFrom([]string{"code", "markdown", "raw"}).Draw(t, "type"); c["cell_type"] {
			case "markdown":
				c["attachments"] = map[string]any{"a b.png": bundle()}
			case "code":
				c["execution_count"] = rapid.SampledFrom([]any{nil, json.Number("7")}).Draw(t, "count")
				c["outputs"] = []any{
					unknown(map[string]any{"output_type": "stream", "name": "stdout", "text": text("stdout")}),
					unknown(map[string]any{"output_type": "display_data", "data": bundle(), "metadata": jsonObject(1).Draw(t, "m")}),
					unknown(map[string]any{"output_type": "execute_result", "data": bundle(), "metadata": map[string]any{}, "execution_count": json.Number("7")}),
					unknown(map[string]any{"output_type": "error", "ename": "E", "evalue": "", "traceback": []any{"a\nb"}}),
					unknown(map[string]any{"output_type": "future"}),
				}
			}
			cells = append(cells, c)
		}
		top := unknown(map[string]any{"nbformat": json.Number("4"), "nbformat_minor": json.Number("5"), "metadata": jsonObject(3).Draw(t, "metadata"), "cells": cells})
		raw, err := json.Marshal(top)
		if err != nil {
			t.Fatal(err)
		}
		nb, err := Parse(raw)
		if err != nil {
			t.Fatalf("%v in %s", err, raw)
		}
		once, err := nb.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if want, got := meaning(t, raw), meaning(t, once); !reflect.DeepEqual(got, want) {
			t.Fatalf("read\n%s\nwrote\n%s", raw, once)
		}
		nb, err = Parse(once)
		if err != nil {
			t.Fatal(err)
		}
		if twice, err := nb.Encode(); err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("first\n%s\nthen\n%s, %v", once, twice, err)
		}
	})
}

// meaning is a notebook's JSON with text joined where the format says that a list of lines is one text.
// It is written without the package's own code.
func meaning(t *rapid.T, raw []byte) any {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var top map[string]any
	if err := d.Decode(&top); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	join := func(m map[string]any, key string) {
		if list, ok := m[key].([]any); ok {
			s := ""
			for _, l := range list {
				s += l.(string)
			}
			m[key] = s
		}
	}
	bundle := func(v any) {
		for _, media := range []string{"text/plain", "image/png", "image/svg+xml"} {
			join(v.(map[string]any), media)
		}
	}
	for _, c := range top["cells"].([]any) {
		c := c.(map[string]any)
		join(c, "source")
		if a, ok := c["attachments"].(map[string]any); ok {
			bundle(a["a b.png"])
		}
		outputs, _ := c["outputs"].([]any)
		for _, o := range outputs {
			o := o.(map[string]any)
			join(o, "text")
			if o["data"] != nil {
				bundle(o["data"])
			}
		}
	}
	return top
}

func TestLinesAreCutAsPythonDoes(t *testing.T) {
	// The right side is what Python 3.11 prints for s.splitlines(True).
	for s, want := range map[string][]any{
		"":                     {},
		"a":                    {"a"},
		"a\n":                  {"a\n"},
		"a\n\nb":               {"a\n", "\n", "b"},
		"a\r\nb\rc":            {"a\r\n", "b\r", "c"},
		"\v\f\x1c\x1d\x1e\x1f": {"\v", "\f", "\x1c", "\x1d", "\x1e", "\x1f"},
		"\u0085\u2028\u2029x":  {"\u0085", "\u2028", "\u2029", "x"},
	} {
		if got := lines(s); !reflect.DeepEqual(got, append([]any{}, want...)) {
			t.Errorf("lines(%q) = %q, want %q", s, got, want)
		}
	}
}

func TestIDs(t *testing.T) {
	raw := []byte(`{"nbformat": 4, "nbformat_minor": 2, "metadata": {}, "cells": [
		{"cell_type": "markdown", "metadata": {}, "source": "a"},
		{"cell_type": "markdown", "metadata": {}, "source": "a", "id": "same"},
		{"cell_type": "markdown", "metadata": {}, "source": "a", "id": "same"},
		{"cell_type": "markdown", "metadata": {}, "source": "a", "id": "not valid!"}]}`)
	var before []string
	for range 2 {
		nb, err := Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, c := range nb.Cells {
			ids = append(ids, c.ID)
			if !validID.MatchString(c.ID) {
				t.Errorf("id %q", c.ID)
			}
		}
		if ids[1] != "same" || ids[2] == "same" || ids[0] == ids[3] || ids[0] == ids[2] {
			t.Errorf("ids %q, want the given one kept and all different", ids)
		}
		if before != nil && !reflect.DeepEqual(before, ids) {
			t.Errorf("ids %q, before %q; want the same", ids, before)
		}
		before = ids
		if out, err := nb.Encode(); err != nil || !bytes.Contains(out, []byte(`"nbformat_minor": 5`)) {
			t.Errorf("written as %s, %v; want minor version 5", out, err)
		}
	}
}

var unreadable = []struct{ name, raw, want string }{
	{"empty", "", "is empty"},
	{"blank", " \n", "is empty"},
	{"text", "package main\n", "is not JSON: line 1, column 1"},
	{"mistake", "{\n \"cells\": [\n  }\n", "is not JSON: line 3, column 3"},
	{"cut", `{"cells": [`, "ends too early"},
	{"cut text", `{"cells": "`, "ends too early"},
	{"two", "{}\n{}", "is not JSON: line 2, column 1: text after the end"},
	{"conflict", "{\n<<<<<<< HEAD\n \"cells\": []\n=======\n>>>>>>> x\n}", "conflict marks"},
	{"pointer", "version https://git-lfs.github.com/spec/v1\n", "git lfs pull"},
	{"latin1", "{\"a\": \"\xe9\"}", "is not UTF-8 text (byte 7)"},
	{"deep", strings.Repeat("[", 100000), "is not JSON"},
	{"list", "[]", "a list instead of an object"},
	{"null", "null", "instead of an object"},
	{"no format", "{}", `without the field "nbformat"`},
	{"format text", `{"nbformat": "4"}`, `"nbformat" is "4", want a small number`},
	{"format 1e9", `{"nbformat": 1e9}`, "want a small number"},
	{"minor", `{"nbformat": 4, "nbformat_minor": -1}`, `"nbformat_minor" is the number -1`},
	{"format 3", `{"nbformat": 3, "worksheets": []}`, "format 3, want 4"},
	{"format 5", `{"nbformat": 5}`, "format 5, want 4"},
	{"metadata", `{"nbformat": 4, "metadata": [], "cells": []}`, `"metadata" is a list`},
	{"no cells", `{"nbformat": 4, "metadata": {}}`, `"cells" is missing`},
	{"cells", `{"nbformat": 4, "cells": {}}`, `"cells" is an object`},
	{"cell", cellJSON(`3`), "cell 1 of 1: is the number 3"},
	{"type", cellJSON(`{"cell_type": "heading"}`), `"cell_type" is "heading"`},
	{"no type", cellJSON(`{}`), `"cell_type" is missing`},
	{"id", cellJSON(`{"cell_type": "raw", "id": 3, "source": ""}`), `"id" is the number 3`},
	{"source", cellJSON(`{"cell_type": "raw", "source": ["a", 1]}`), `"source" is a list`},
	{"no source", cellJSON(`{"cell_type": "raw"}`), `"source" is missing`},
	{"cell metadata", cellJSON(`{"cell_type": "raw", "source": "", "metadata": 1}`), `"metadata" is the number 1`},
	{"attachments", cellJSON(`{"cell_type": "markdown", "source": "", "attachments": true}`), `"attachments" is true`},
	{"count", cellJSON(`{"cell_type": "code", "source": "", "execution_count": 1.5}`), `"execution_count" is the number 1.5`},
	{"outputs", cellJSON(`{"cell_type": "code", "source": "", "outputs": {}}`), `"outputs" is an object`},
	{"output", cellJSON(`{"cell_type": "code", "source": "", "outputs": [[]]}`), "output 1 is a list"},
	{"output type", cellJSON(`{"cell_type": "code", "source": "", "outputs": [{}]}`), `without "output_type"`},
	{"stream", cellJSON(`{"cell_type": "code", "source": "", "outputs": [{"output_type": "stream", "text": 1}]}`), `"text" is no text`},
}

func cellJSON(cell string) string { return `{"nbformat": 4, "cells": [` + cell + `]}` }

func TestUnreadable(t *testing.T) {
	dir := t.TempDir()
	for _, c := range unreadable {
		path := filepath.Join(dir, c.name+".ipynb")
		if err := os.WriteFile(path, []byte(c.raw), 0o666); err != nil {
			t.Fatal(err)
		}
		_, err := Read(path)
		if err == nil || !strings.HasPrefix(err.Error(), path+": ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want the path and %q", c.name, err, c.want)
		}
	}
	if _, err := Read(filepath.Join(dir, "nosuch.ipynb")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	if _, err := Read(dir); err == nil || !strings.Contains(err.Error(), "is a folder") {
		t.Errorf("folder: %v", err)
	}
}

// Whatever can be read can be written, read again as the same, and shown as a page.
func FuzzParse(f *testing.F) {
	for _, c := range unreadable {
		f.Add([]byte(c.raw))
	}
	for _, name := range []string{"testdata/jupyter.ipynb", "testdata/empty.ipynb", "testdata/page.ipynb"} {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte("\ufeff" + cellJSON(`{"cell_type": "code", "source": "%x\n!ls\n'"}`)))
	f.Add([]byte(cellJSON(`{"cell_type": "code", "source": "a", "outputs": [{"output_type": "display_data"}, {"output_type": "display_data", "data": {"text/html": 1}}, {"output_type": "error"}]}`)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		nb, err := Parse(raw)
		if err != nil {
			return
		}
		once, err := nb.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse(once)
		if err != nil {
			t.Fatalf("%v in %s", err, once)
		}
		if twice, err := again.Encode(); err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("first\n%s\nthen\n%s, %v", once, twice, err)
		}
		if _, err := nb.HTML("fuzz", "nosuch"); err != nil {
			t.Fatal(err)
		}
	})
}
