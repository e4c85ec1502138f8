package cell

import (
	"strings"
	"testing"
)

func TestInspect(t *testing.T) {
	a := assisted(t, earlierCells...)
	for _, c := range []struct {
		text      string
		signature string   // first line of it
		plain     []string // what the text contains
		source    string   // what the source contains; empty: there is none
	}{
		{"fmt.Println", "func fmt.Println(a ...any) (n int, err error)", []string{"Println formats using the default formats", "package fmt"}, "Fprintln(os.Stdout"},
		{"fmt.Println(|", "func fmt.Println(a ...any) (n int, err error)", nil, "Fprintln"},
		{"fmt.Println(strings.ToUpper(\"a\"), |", "func fmt.Println(a ...any) (n int, err error)", nil, "Fprintln"},
		{"fmt.Pri|ntln(1)", "func fmt.Println(a ...any) (n int, err error)", nil, "Fprintln"},
		{"|fmt.Println(1)", `import "fmt"`, []string{"formatted I/O"}, "function fmt.Println"},
		{"strings.Builder", "type Builder struct {", []string{"minimizes memory copying"}, "addr"},
		{"b.WriteString", "func (*strings.Builder).WriteString(s string) (int, error)", []string{"appends the contents of s"}, "copyCheck"},
		{"http.Server{}.ReadTimeout", "field Server.ReadTimeout time.Duration", []string{"maximum duration for reading the entire"}, ""},
		{"io.Reader.Read", "func (io.Reader).Read(p []byte) (n int, err error)", nil, ""},
		{"math.MaxInt16", "const math.MaxInt16 untyped int = 32767", []string{"package math"}, "MaxInt16"},
		{"len", "func len(v Type) int", []string{"built-in function returns the length"}, ""},
		{"error", "type error interface {", []string{"error condition"}, ""},
		// Of the live scope.
		{"longVariableName", "var longVariableName int", []string{"Cell [2]"}, "longVariableName := 1"},
		{"strength", "var strength float64", []string{"Cell [3]"}, "var strength = 0.5"},
		{"neuron", "type neuron struct {", []string{"Cell [1]", "potential float64 // in mV"}, "spikes"},
		{"kc.step", "func (*neuron).step(dt float64)", []string{"step moves the potential.", "Cell [1]"}, "n.potential += dt"},
		{"kc.potential", "field neuron.potential float64", []string{"Cell [1]"}, "potential float64"},
		{"pn.potential", "field neuron.potential float64", []string{"Cell [1]"}, "potential float64"},
		{"makeNeuron(", "func makeNeuron(label string) (*neuron, error)", []string{"Cell [2]"}, "return nil, nil"},
		{"maxNeurons", "const maxNeurons untyped int = 10", []string{"Cell [2]"}, "maxNeurons = 10"},
		{"first", "func first[T any](list []T) T", []string{"Cell [3]"}, "return list[0]"},
		// Of the text itself.
		{"// twice doubles.\nfunc twice(n int) int { return 2 * n }\ntwice", "func twice(n int) int", []string{"twice doubles.", "this cell"}, "return 2 * n"},
		{"for i := range 3 { fmt.Println(i|) }", "var i int", nil, ""},
		{"%help", "%help [COMMAND]", []string{"shows this list"}, ""},
		{"rand.Prime", "func crypto/rand.Prime(", nil, "func Prime("},
	} {
		code, cursor := atCursor(t, c.text)
		d, ok := a.Inspect(code, cursor, 1)
		if !ok {
			t.Errorf("%q: not found", c.text)
			continue
		}
		if first, _, _ := strings.Cut(d.Signature, "\n"); first != c.signature && !(strings.HasPrefix(c.text, "rand.") && strings.Contains(first, "Prime(")) {
			t.Errorf("%q: signature %q, want %q", c.text, first, c.signature)
		}
		for _, want := range c.plain {
			if !strings.Contains(d.Plain(), want) {
				t.Errorf("%q: no %q in\n%s", c.text, want, d.Plain())
			}
		}
		if !strings.Contains(d.Source, c.source) || c.source == "" && d.Source != "" {
			t.Errorf("%q: source %q, want %q in it", c.text, d.Source, c.source)
		}
		if !strings.Contains(d.Markdown(), "```go\n"+c.signature) && !strings.HasPrefix(c.text, "rand.") {
			t.Errorf("%q: markdown\n%s", c.text, d.Markdown())
		}
		if strings.Contains(d.Plain()+d.Markdown(), mark) {
			t.Errorf("%q: shows the kernel's letter:\n%s", c.text, d.Plain())
		}
		if d, _ := a.Inspect(code, cursor, 0); d.Source != "" {
			t.Errorf("%q: detail 0 has the source", c.text)
		}
	}
	for _, text := range []string{"", "nothingOfThisName", "strings.NoSuch", "kc.nosuch", "\"text|\"", "// fmt.Println", "3", "x := |", "%nosuch", "for {|"} {
		code, cursor := atCursor(t, text)
		if d, ok := a.Inspect(code, cursor, 0); ok {
			t.Errorf("%q: %+v", text, d)
		}
	}
}

func TestSplitQuestion(t *testing.T) {
	for _, c := range []struct {
		code, rest, name string
		detail           int
	}{
		{"strings.Fields?", "               ", "strings.Fields", 0},
		{"x := 1\nx??", "x := 1\n   ", "x", 1},
		{"?x\n\n", "  \n\n", "x", 0},
		{"%help?", "      ", "%help", 0},
		{"  größe? ", strings.Repeat(" ", 11), "größe", 0},
	} {
		rest, q, ok := SplitQuestion(c.code)
		if !ok || q.Name != c.name || q.Detail != c.detail || rest != c.rest {
			t.Errorf("%q: %q %+v %v", c.code, rest, q, ok)
		}
	}
	for _, code := range []string{"", "x", "x ? y", "// really?", "/* is it\nso?\n*/", "text := `\nso?", "f()?", "x???", "!ls x?", "!ls \\\n  x?", "\"a?\"", "a\n?"} {
		if rest, q, ok := SplitQuestion(code); ok || rest != code {
			t.Errorf("%q is no question, got %+v", code, q)
		}
	}
}

func TestDescribeAnswersAQuestion(t *testing.T) {
	a := assisted(t)
	rest, q, _ := SplitQuestion("import j \"encoding/json\"\nj.Marshal??")
	if d, ok := a.Describe(rest, q); !ok || !strings.Contains(d.Source, "newEncodeState") && !strings.Contains(d.Source, "func Marshal(") {
		t.Errorf("%v %+v", ok, d)
	}
	if _, ok := a.Describe("", Question{Name: "nosuch"}); ok {
		t.Error("nosuch is found")
	}
}
