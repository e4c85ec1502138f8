package cell

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// assisted is an Assistant after some cells.
func assisted(t testing.TB, cells ...string) *Assistant {
	t.Helper()
	tool, err := testTool()
	if err != nil {
		t.Fatal(err)
	}
	c := New(tool)
	t.Cleanup(func() { c.Close() })
	for i, code := range cells {
		built, err := c.Build(context.Background(), i+1, "", code)
		if err != nil {
			t.Fatalf("cell %d: %v", i+1, err)
		}
		commitAll(c, built)
	}
	return NewAssistant(c)
}

// atCursor splits text at its | and returns the byte offset of that.
func atCursor(t testing.TB, text string) (code string, cursor int) {
	t.Helper()
	cursor = strings.Index(text, "|")
	if cursor < 0 {
		return text, len(text)
	}
	return text[:cursor] + text[cursor+1:], cursor
}

var earlierCells = []string{
	`type neuron struct {
	potential float64 // in mV
	Label     string
	spikes    []int
}

// step moves the potential.
func (n *neuron) step(dt float64) { n.potential += dt }
func (n neuron) Name() string     { return n.Label }

type layer struct {
	neuron
	width int
}`,
	"import stdsort \"sort\"\nlongVariableName := 1\nkc := &neuron{Label: \"KC\"}\npn := layer{width: 3}\ncells := map[string][]neuron{}\n" +
		"func makeNeuron(label string) (*neuron, error) { return nil, nil }\nconst maxNeurons = 10\nstdsort.Ints(nil)",
	"func first[T any](list []T) T { return list[0] }\nvar strength = 0.5\nb := strings.Builder{}",
}

// completionCases: text with | at the cursor, the matches wanted exactly, or,
// with a leading …, wanted among others; what the matches replace.
var completionCases = []struct{ text, want, replaced string }{
	// The samples of the protocol's conformance suite.
	{"strings.HasPre", "strings.HasPrefix", "strings.HasPre"},
	{"fmt.Printl", "fmt.Println", "fmt.Printl"},
	{"longVariableN", "longVariableName", "longVariableN"},
	{"math.MaxInt1", "math.MaxInt16", "math.MaxInt1"},
	{`"😀"; fmt.Printl|`, "fmt.Println", "fmt.Printl"},
	// Names of the live scope, lower-case ones among them.
	{"makeN", "makeNeuron", "makeN"},
	{"maxN", "maxNeurons", "maxN"},
	{"neur", "neuron", "neur"},
	{"x := streng|\nfmt.Println(x)", "strength", "streng"},
	{"stdso", "stdsort", "stdso"},
	{"stdsort.SearchI", "stdsort.SearchInts", "stdsort.SearchI"},
	{"longvariable", "longVariableName", "longvariable"}, // only differs in case
	{"firs", "first", "firs"},
	// Fields and methods.
	{"kc.", "kc.potential kc.Label kc.spikes kc.Name kc.step", "kc."},
	{"kc.pot", "kc.potential", "kc.pot"},
	{"pn.", "pn.neuron pn.width pn.potential pn.Label pn.spikes pn.Name pn.step", "pn."},
	{"pn.neuron.La", "pn.neuron.Label", "pn.neuron.La"},
	{"cells[\"a\"][0].ste", "step", "ste"},
	{"first(cells[\"a\"]).Na", "Name", "Na"},
	{"b.WriteS", "b.WriteString", "b.WriteS"},
	{"strings.NewReader(\"a\").ReadR", "ReadRune", "ReadR"},
	{"neuron.Na", "neuron.Name", "neuron.Na"}, // method expression
	{"neuron.pot", "", ""},
	{"kc .pot|", "potential", "pot"},
	{"time.Now().UTC().Wee", "Weekday", "Wee"},
	{"os.Stdout.WriteS", "os.Stdout.WriteString", "os.Stdout.WriteS"},
	// Text before the cursor in the same cell, unfinished statements.
	{"local := time.Now()\nlocal.Wee", "local.Weekday", "local.Wee"},
	{"local := time.Now()\nlocal.Wee|\nother := 2", "local.Weekday", "local.Wee"},
	{"if kc.pot", "kc.potential", "kc.pot"},
	{"for _, s := range kc.spi", "kc.spikes", "kc.spi"},
	{"for i, value := range kc.spikes {\n\tfmt.Println(i, val", "value", "val"},
	{"switch kc.La", "kc.Label", "kc.La"},
	{"switch x := 1; x {\ncase kc.La", "kc.Label", "kc.La"},
	{"defer kc.st", "kc.step", "kc.st"},
	{"go func() {\n\tkc.st|\n}()", "kc.step", "kc.st"},
	{"func f(argument int) int {\n\treturn argu", "argument", "argu"},
	{"func f(n *neuron) {\n\tn.pot", "n.potential", "n.pot"},
	{"func f(b strings.Buil", "strings.Builder", "strings.Buil"},
	{"func (l *layer2) wide() int {\n\treturn l.widt|\n}\ntype layer2 struct{ widths []int }", "l.widths", "l.widt"},
	{"type pair struct{ left, right *neuron }\np := pair{}\np.left.pot", "p.left.potential", "p.left.pot"},
	{"fmt.Println(len(kc.spi", "kc.spikes", "kc.spi"},
	{"f := func(inner int) int { return inn", "inner", "inn"},
	{"var v []strings.Buil", "strings.Builder", "strings.Buil"},
	{"x := 1 +\n\tkc.pot", "kc.potential", "kc.pot"},
	{"makeNeuron(kc.La|, 5)", "kc.Label", "kc.La"},
	{"broken := := 3\nkc.pot", "kc.potential", "kc.pot"},
	{"undefinedThing()\nkc.pot", "kc.potential", "kc.pot"},
	{")\nkc.pot", "kc.potential", "kc.pot"},
	{"kc.pot|ential = 3", "kc.potential", "kc.pot"},
	{"result, err := makeNeuron(\"a\")\nresult.Lab", "result.Label", "result.Lab"},
	{"var e error\ne.", "e.Error", "e."},
	{"func g[N interface{ Twice() int }](n N) { n.Tw", "n.Twice", "n.Tw"},
	{"label:\nfor {\n\tbreak lab", "", ""},
	{"kc := 3; kc.", "", ""}, // it hides the earlier one
	// Fields in literals.
	{"neuron{pot", "potential", "pot"},
	{"neuron{Label: \"a\", |}", "… potential spikes", ""},
	{"http.Server{ReadT", "ReadTimeout", "ReadT"},
	{"[]neuron{{pot", "potential", "pot"},
	// Packages, keywords, builtins.
	{"strco", "strconv", "strco"},
	{"rand.IntN", "rand.IntN", "rand.IntN"},
	{"rand.Pri", "rand.Prime", "rand.Pri"}, // of crypto/rand
	{"contin", "continue", "contin"},
	{"appen", "append", "appen"},
	{"import \"encoding/js", "encoding/json", "encoding/js"},
	{"import (\n\t\"fmt\"\n\t\"encoding/js", "encoding/json", "encoding/js"},
	{"import j \"encoding/json\"\nj.MarshalI", "j.MarshalIndent", "j.MarshalI"},
	{"nosuchpackage.Fi", "", ""},
	// Special lines.
	{"%he", "%help", "%he"},
	{"x := 1\n%ver", "%version", "%ver"},
	{"x := 7 %ver", "version", "ver"},
	{"!ec", "", ""},
	{"!ls\nkc.pot", "kc.potential", "kc.pot"},
	// Nothing in texts, comments and numbers.
	{`"strings.HasPre`, "", ""},
	{`"strings.HasPre|"`, "", ""},
	{"`fmt.Pr", "", ""},
	{"// fmt.Pr", "", ""},
	{"/* fmt.Pr", "", ""},
	{"'a", "", ""},
	{"3.", "", ""},
	{"12", "", ""},
	{"0x1f", "", ""},
	{"1.5e", "", ""},
	{`"a" + fmt.Sprintl`, "fmt.Sprintln", "fmt.Sprintl"},
	{"// comment\nfmt.Printl", "fmt.Println", "fmt.Printl"},
	{"f(args...|)", "", ""},
}

func TestComplete(t *testing.T) {
	a := assisted(t, earlierCells...)
	for _, c := range completionCases {
		code, cursor := atCursor(t, c.text)
		got := a.Complete(code, cursor)
		var names []string
		for _, m := range got.Matches {
			names = append(names, m.Text)
			if strings.Contains(m.Text+m.Signature, mark) {
				t.Errorf("%q: %+v shows the kernel's letter", c.text, m)
			}
		}
		want, among := strings.CutPrefix(c.want, "…")
		ok := strings.Join(names, " ") == want
		if among {
			ok = true
			for _, w := range strings.Fields(want) {
				ok = ok && slices.Contains(names, w)
			}
		}
		if !ok {
			t.Errorf("%q: got %q, want %q", c.text, names, c.want)
		} else if replaced := code[got.Start:got.End]; replaced != c.replaced {
			t.Errorf("%q: replaces %q, want %q", c.text, replaced, c.replaced)
		}
	}
}

func TestCompletionSaysWhatItOffers(t *testing.T) {
	a := assisted(t, earlierCells...)
	for text, want := range map[string]Match{
		"makeN":          {"makeNeuron", "function", "(label string) (*neuron, error)"},
		"kc.pot":         {"kc.potential", "field", "float64"},
		"kc.ste":         {"kc.step", "method", "(dt float64)"},
		"maxN":           {"maxNeurons", "constant", "untyped int"},
		"streng":         {"strength", "variable", "float64"},
		"neur":           {"neuron", "type", ""},
		"strings.HasPre": {"strings.HasPrefix", "function", "(s string, prefix string) bool"},
		"strco":          {"strconv", "package", "strconv"},
		"contin":         {"continue", "keyword", ""},
	} {
		got := a.Complete(text, len(text)).Matches
		if len(got) != 1 || got[0] != want {
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
	}
}

// Asking changes nothing: what is written is not declared, and cells still build.
func TestCompletionLeavesTheScopeAlone(t *testing.T) {
	a := assisted(t, earlierCells...)
	for _, text := range []string{"func makeNeuron() {}\nnew1 := 1\nnew", "type neuron struct{ other int }\nneuron{}.", "kc := \"text\"\nkc."} {
		a.Complete(text, len(text))
		a.Inspect(text, len(text), 1)
	}
	if got := a.Complete("new1", 4); len(got.Matches) != 0 {
		t.Errorf("a cell that never ran has left %v", got.Matches)
	}
	built, err := a.c.Build(context.Background(), 9, "", "kc.step(2)\nn, err := makeNeuron(\"a\")\n_, _ = n, err\nkc.potential")
	if err != nil {
		t.Fatal(err)
	}
	commitAll(a.c, built)
	if got := a.Complete("kc.pot", 6); len(got.Matches) != 1 {
		t.Errorf("after another cell: %v", got.Matches)
	}
}

func TestCompletionIsQuick(t *testing.T) {
	a := assisted(t, earlierCells...)
	text := strings.Repeat("fmt.Println(kc.potential, strings.ToUpper(kc.Label))\n", 40) + "for _, s := range kc.spi"
	a.Complete(text, len(text))
	began := time.Now()
	const runs = 10
	for range runs {
		a.Complete(text, len(text))
	}
	t.Logf("a cell of 41 lines: %v", time.Since(began)/runs)
}

func TestEveryCursorOfEveryCase(t *testing.T) {
	a := assisted(t)
	for _, c := range completionCases[:20] {
		code, _ := atCursor(t, c.text)
		for cursor := -1; cursor <= len(code)+1; cursor++ {
			got := a.Complete(code, cursor)
			if got.Start < 0 || got.Start > got.End || got.End > len(code) {
				t.Fatalf("%q at %d: %d to %d", code, cursor, got.Start, got.End)
			}
			a.Inspect(code, cursor, 1)
		}
	}
}

func FuzzAssistant(f *testing.F) {
	for _, c := range completionCases {
		code, cursor := atCursor(f, c.text)
		f.Add(code, cursor)
	}
	f.Add("\xff.\xfe", 2)
	f.Add("func f[T any, ", 14)
	f.Add("type T struct { T; a ", 20)
	f.Add("type T T\nvar x T\nx.", 19)
	f.Add("type A = B\ntype B = A\nvar a A\na.", 32)
	f.Add("a.b.c.d.e....f", 13)
	f.Add("x.Ꞌ", 5)
	f.Add("import \"fmt\nfmt.P", 17)
	f.Add("goto a.", 7)
	f.Add("package p; func (", 17)
	f.Add("switch x := y.(type) { case ", 28)
	f.Add("select { case x := <-y.", 23)
	a := assisted(f, earlierCells[0])
	f.Fuzz(func(t *testing.T, code string, cursor int) {
		if len(code) > 2000 {
			return
		}
		watch := time.AfterFunc(20*time.Second, func() { panic(fmt.Sprintf("%q at %d takes for ever", code, cursor)) })
		defer watch.Stop()
		got := a.Complete(code, cursor)
		if got.Start < 0 || got.Start > got.End || got.End > len(code) {
			t.Fatalf("%q at %d: %d to %d", code, cursor, got.Start, got.End)
		}
		a.Inspect(code, cursor, 1)
		SplitQuestion(code)
	})
}
