package cell

import (
	"strings"
	"testing"
)

func TestErrors(t *testing.T) {
	n := newNotebook(t)
	n.run("total := 1\ntype point struct{ x, Y int }\nfunc (p point) length() float64 { return 0 }\nfunc area(w, h float64) float64 { return w * h }\np := point{}")
	cases := []struct {
		name, code string
		want       []string
	}{
		{"all type errors together", "a := undefinedOne\nb := 1 + \"x\"\n\nfmt.Println(totl)", []string{
			"1:6: undefined: undefinedOne",
			`2:6: invalid operation: 1 + "x" (mismatched types untyped int and untyped string)`,
			"4:13: undefined: totl (did you mean total?)",
		}},
		{"columns count code points", "s := \"äöü€😀\" + nothing", []string{"1:16: undefined: nothing"}},
		{"members of packages", "strings.ToUper(\"a\")\nfmt.Prinln()", []string{
			"1:9: undefined: strings.ToUper (did you mean ToUpper?)",
			"2:5: undefined: fmt.Prinln (did you mean Println?)",
		}},
		{"misspelt package", "strngs.ToUpper(\"a\")", []string{"1:1: undefined: strngs (did you mean strings?)"}},
		{"fields and methods", "p.lenght()\np.z\n_ = point{xx: 1, Yy: 2}", []string{
			"1:3: p.lenght undefined (type point has no field or method lenght) (did you mean length?)",
			"2:3: p.z undefined (type point has no field or method z)",
			"3:11: unknown field xx in struct literal of type point",
			"3:18: unknown field Yy in struct literal of type point",
		}},
		{"arguments", "area(1)", []string{"1:7: not enough arguments in call to area\n\thave (number)\n\twant (float64, float64)"}},
		{"use before definition", "fmt.Println(later)\nlater := 1", []string{"1:13: undefined: later (it is defined below, in line 2)"}},
		{"value in the middle", "total\nfmt.Println()", []string{"1:1: total (variable of type int) is not used (only the last line of a cell is shown; use fmt.Println to print this one)"}},
		{"assignment of another type", "total = \"s\"", []string{`1:9: cannot use "s" (untyped string constant) as int value in assignment`}},
		{"redeclared function", "func f() {}\nfunc f() {}", []string{"2:6: f redeclared in this block\nline 1: other declaration of f"}},
		{"variable and function of one name", "func g() {}\ng := 1", []string{"2:1: g is a variable here and declared otherwise in line 1 of the same cell (give one of them another name)"}},
		{"method of another cell's type", "func (p point) other() {}", []string{"1:16: method other: type point is declared in Cell [1], and methods must stand in the cell of their type (move the method into that cell and run it again)"}},
		{"method by an alias", "type q = *point\nfunc (p q) other() {}", []string{"2:12: method other: type point is declared in Cell [1], and methods must stand in the cell of their type (move the method into that cell and run it again)"}},
		{"method on a foreign type", "type q = time.Time\nfunc (p q) other() {}", []string{"2:9: cannot define new methods on non-local type q"}},
		{"circular aliases", "type q = r\ntype r = q\nfunc (p q) other() {}", []string{"1:6: invalid recursive type q\nline 1: q refers to r\nline 2: r refers to q"}},
		{"old type", "type point struct{ x, Y int }\nvar q point = p", []string{"2:15: cannot use p (variable of struct type point) as point value in variable declaration (type point is declared again in this cell; older variables keep the type of Cell [1]: make them again)"}},
		{"cgo", "import \"C\"", []string{`1:8: import "C": cgo does not work in live cells (put the C code into a package of a module and import that)`}},
		{"unknown import", "import \"strngs\"\nimport \"example.com/x\"", []string{
			`1:8: import "strngs": the standard library of go1.26.8 has no such package (did you mean "strings"?)`,
			`2:8: import "example.com/x": no module that notebooks can use has this package (cells can import the standard library, github.com/spikebook/spikebook/..., github.com/janpfeifer/gonb/gonbui, gonum.org/v1/gonum/..., gonum.org/v1/plot/... and github.com/sbinet/npyio; fetching other modules is not possible yet)`,
		}},
		{"syntax, all of them", "x := )\nfunc f( {\n}\n", []string{"1:6: unexpected ), nothing is open here"}},
		{"syntax in two pieces", "x := 1 +* 2 2\nfunc f() { return 1 1 }\ny := ]", []string{"1:13: syntax error: expected ';', found 2", "2:21: syntax error: expected ';', found 1", "3:6: unexpected ], nothing is open here"}},
		{"open bracket", "fmt.Println(\"a\",", []string{"1:17: syntax error: expected operand, found the end of the cell"}},
		{"return with a value", "return 1", []string{"1:8: too many return values\n\thave (number)\n\twant () (return ends the cell; write the value as its last line to show it)"}},
		{"magic", "%hepl\n%foo\n%help x\n!", []string{
			`1:1: "%hepl" is unknown or not implemented yet; there are !command, %help, %version (did you mean %help?)`,
			`2:1: "%foo" is unknown or not implemented yet; there are !command, %help, %version`,
			`3:7: %help takes no arguments, got "x"`,
			`4:1: ! without a command; write !ls, for example`,
		}},
		{"our letter", "Ꞌx := 1", []string{"1:1: the letter Ꞌ (U+A78B) is used by the kernel and cannot be part of a name"}},
		{"our names", "func SpikebookRun() {}", []string{"1:6: the name SpikebookRun is taken by the kernel (choose another one)"}},
		{"body missing", "func f()", []string{"1:6: func f has no body (functions of a cell are written in Go; assembly is not possible here)"}},
		{"function on a variable that stays in its cell", "le := binary.LittleEndian\nfunc f() { le.Uint16(nil) }", []string{"2:12: variable le stays local to the statements of this cell, since its type cannot be written outside of its package; a function cannot use it (give it an interface type (var le any = …), or pass it to the function)"}},
		{"jump over a variable", "if true {\n\tgoto b\n\ty := 1\n\t_ = y\n\tb:\n}", []string{"2:0: goto b jumps over declaration of y in line 3"}},
		{"directives", "//go:embed a.txt\nvar s string", []string{"1:1: //go:embed does not work in a cell (read the file with os.ReadFile)"}},
		{"nil", "z := nil", []string{"1:6: use of untyped nil in assignment"}},
		{"type as last line", "int", []string{"1:1: int (type) is not an expression"}},
		{"break", "break", []string{"1:1: break not in for, switch, or select statement"}},
		{"label", "goto nowhere", []string{"1:6: label nowhere not declared"}},
		{"unused result of a pure call", "len(\"a\")\ntotal", []string{"1:1: len(\"a\") (constant 1 of type int) is not used (only the last line of a cell is shown; use fmt.Println to print this one)"}},
	}
	for _, c := range cases {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			m := *n
			m.t = t
			m.wantErrors(c.code, c.want...)
		})
	}
	n.want("total", "=> 1") // nothing was lost
}

func TestTraceback(t *testing.T) {
	p := finish(3, "a := 1\n\tb := cé + x", []Problem{{Line: 2, Col: 12, Message: "undefined: x", Hint: "did you mean a?"}})
	got := strings.Join(p.Traceback(), "\n")
	for _, colour := range []string{red, bold, blue, faint, plain} {
		got = strings.ReplaceAll(got, colour, "")
	}
	want := "Cell [3]: Line 2: undefined: x\n" +
		"   2 | \tb := cé + x\n" +
		"     | \t          ^\n" +
		"       did you mean a?"
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if e := p.Error(); e != "Cell [3]:2:12: undefined: x (did you mean a?)" {
		t.Errorf("Error() = %q", e)
	}
}
