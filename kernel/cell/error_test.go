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
			`2:6: invalid operation: 1 + "x" (mismatched types untyped int and untyped string) (text and numbers are put together by fmt.Sprint(a, b) or fmt.Sprintf("… %v", x))`,
			"4:13: undefined: totl (did you mean total?)",
		}},
		{"columns count code points", "s := \"äöü€😀\" + nothing", []string{"1:16: undefined: nothing"}},
		{"members of packages", "strings.ToUper(\"a\")\nfmt.Prinln()", []string{
			"1:9: undefined: strings.ToUper (did you mean ToUpper?)",
			"2:5: undefined: fmt.Prinln (did you mean Println?)",
		}},
		{"beginning of a name", "fmt.Printl(1)\nstrings.Repl(\"a\")", []string{
			"1:5: undefined: fmt.Printl (did you mean Println?)",
			"2:9: undefined: strings.Repl (did you mean Replace?)",
		}},
		{"short member", "type box struct{ w float64 }\nfunc (b *box) Set(x float64) { b.w = x }\nfunc (b *box) Weight() float64 { return b.w }\nb := &box{}\nb.Get()", []string{
			"5:3: b.Get undefined (type *box has no field or method Get) (did you mean Set? there are w, Set, Weight)"}},
		{"misspelt package", "strngs.ToUpper(\"a\")", []string{"1:1: undefined: strngs (did you mean strings?)"}},
		{"fields and methods", "p.lenght()\np.z\n_ = point{xx: 1, Yy: 2}", []string{
			"1:3: p.lenght undefined (type point has no field or method lenght) (did you mean length?)",
			"2:3: p.z undefined (type point has no field or method z) (there are x, Y, length)",
			"3:11: unknown field xx in struct literal of type point (there are x, Y)",
			"3:18: unknown field Yy in struct literal of type point (there are x, Y)",
		}},
		{"arguments", "area(1)", []string{"1:7: not enough arguments in call to area\n\thave (number)\n\twant (float64, float64)"}},
		{"use before definition", "fmt.Println(later)\nlater := 1", []string{"1:13: undefined: later (it is defined below, in line 2)"}},
		{"value in the middle", "total\nfmt.Println()", []string{"1:1: total (variable of type int) is not used (only the last line of a cell is shown; use fmt.Println to print this one)"}},
		{"assignment of another type", "total = \"s\"", []string{`1:9: cannot use "s" (untyped string constant) as int value in assignment`}},
		{"redeclared function", "func f() {}\nfunc f() {}", []string{"2:6: f redeclared in this block\nline 1: other declaration of f"}},
		{"variable and function of one name", "func g() {}\ng := 1", []string{"2:1: g is a variable here and declared otherwise in line 1 of the same cell (give one of them another name)"}},
		{"method of another cell's type", "func (p point) other() { p.z() }", []string{"1:28: p.z undefined (type point has no field or method z) (there are x, Y, length, other)"}},
		{"field and method of one name", "func (p point) Y() {}", []string{"1:16: field and method with the same name Y\nCell [1], line 2: other declaration of Y"}},
		{"method on a foreign type", "type q = time.Time\nfunc (p q) other() {}", []string{"2:9: cannot define new methods on non-local type q"}},
		{"circular aliases", "type q = r\ntype r = q\nfunc (p q) other() {}", []string{"1:6: invalid recursive type q\nline 1: q refers to r\nline 2: r refers to q"}},
		{"old type", "type point struct{ x, Y, z int }\nvar q point = p", []string{"2:15: cannot use p (variable of struct type point) as point value in variable declaration (type point is declared again in this cell; older variables and functions keep the type of Cell [1]: make them again)"}},
		{"cgo", "import \"C\"", []string{`1:8: import "C": cgo does not work in live cells (put the C code into a package of a module and import that)`}},
		{"unknown import", "import \"strngs\"\nimport \"example.com/x\"", []string{
			`1:8: import "strngs": the standard library of go1.26.8 has no such package (did you mean "strings"?)`,
			`2:8: import "example.com/x": no module of the toolkit has this package (without a notebook's own module, cells can import the standard library, github.com/spikebook/spikebook/..., github.com/janpfeifer/gonb/gonbui, gonum.org/v1/gonum/..., gonum.org/v1/plot/... and github.com/sbinet/npyio)`,
		}},
		{"syntax, all of them", "x := )\nfunc f( {\n}\n", []string{"1:6: unexpected ), nothing is open here"}},
		{"syntax in two pieces", "x := 1 +* 2 2\nfunc f() { return 1 1 }\ny := ]", []string{"1:13: syntax error: expected ';', found 2 (a statement ends before this; is an operator, a comma or a new line missing?)", "2:21: syntax error: expected ';', found 1 (a statement ends before this; is an operator, a comma or a new line missing?)", "3:6: unexpected ], nothing is open here"}},
		{"open bracket", "fmt.Println(\"a\",", []string{"1:12: syntax error: this ( is not closed"}},
		{"open brace", "if true {\n\tfmt.Println(1)\n\tfor {\n\t}", []string{"1:9: syntax error: this { is not closed"}},
		{"brace on the next line", "for i := 0; i < 3; i++\n{\n}", []string{"1:23: syntax error: expected '{', found newline ({ stands at the end of the line, not on the next one)"}},
		{"open raw string", "s := `a\nb", []string{"1:6: syntax error: raw string literal not terminated (its closing ` is missing)"}},
		{"open raw string in a block", "if true {\n\tx := `abc\n}", []string{"2:7: syntax error: raw string literal not terminated (its closing ` is missing)"}},
		{"else on the next line", "if true {\n}\nelse {\n}", []string{"3:1: syntax error: expected statement, found 'else' (else stands on the line of the closing brace: } else {)"}},
		{"commas between fields", "type s struct {\n\tA int,\n\tB int\n}", []string{"2:7: syntax error: expected ';', found ',' (is this a field of a struct? they have lines of their own and no commas)"}},
		{"several values in the middle", "total, p.Y\ntotal", []string{"1:1: syntax error: expected 1 expression (only the last line of a cell shows values; print these by fmt.Println(a, b))"}},
		{"several values with a mistake", "total, strings.Cut(\"a\", \"b\")\n", []string{"1:8: multiple-value strings.Cut(\"a\", \"b\") (value of type (before string, after string, found bool)) in single-value context (it gives 3 values; take them first: v, w, ok := strings.Cut(…))"}},
		{"nothing behind a comma", "total,", []string{"1:1: syntax error: expected 1 expression (only the last line of a cell shows values; print these by fmt.Println(a, b))"}},
		{"letters that are not Go", "🎉 := 3", []string{"1:1: syntax error: illegal character U+1F389 '🎉'"}},
		{"Python", "def f():\n\treturn 1", []string{"1:5: syntax error: expected ';', found f (functions are written func name(x int) int { … })"}},
		{"Python 2", "print total", []string{"1:7: syntax error: expected ';', found total (calls have parentheses: fmt.Println(x))"}},
		{"import without quotes", "import fmt", []string{`1:11: syntax error: missing import path (the path stands in quotes: import "fmt")`}},
		{"single quotes", "'abc'", []string{"1:1: syntax error: illegal rune literal (single quotes are for one letter; text stands in double quotes)"}},
		{"assignment to a new name", "fresh = 3", []string{"1:1: undefined: fresh (a new variable is defined by fresh := …)"}},
		{"functions without their package", "Println(Sqrt(2))", []string{
			"1:1: undefined: Println (did you mean fmt.Println?)",
			"1:9: undefined: Sqrt (did you mean math.Sqrt?)",
		}},
		{"numbers of two types", "i := 3\nvar f float32 = 2\nmath.Sqrt(i)\n_ = i * f\n_ = 1.5 + i\n_ = int(\"3\")\n_ = string(1.5)", []string{
			"3:11: cannot use i (variable of type int) as float64 value in argument to math.Sqrt (convert it: float64(i))",
			"4:5: invalid operation: i * f (mismatched types int and float32) (convert one of them, as in float32(…))",
			"5:5: 1.5 (untyped float constant) truncated to int (an int has no fraction; convert it: float64(…))",
			"6:9: cannot convert \"3\" (untyped string constant) to type int (text becomes a number by strconv.Atoi(s))",
			"7:12: cannot convert 1.5 (untyped float constant) to type string (a value becomes text by fmt.Sprint(x))",
		}},
		{"slices are no objects", "var s []int\ns.append(1)\ns.len()", []string{
			"2:3: s.append undefined (type []int has no field or method append) (s = append(s, …))",
			"3:3: s.len undefined (type []int has no field or method len) (len(s))",
		}},
		{"other languages", "None\n_ = str(3)", []string{"1:1: undefined: None (in Go: nil)", "2:5: undefined: str (in Go: fmt.Sprint)"}},
		{"comments of other languages", "# comment", []string{"1:1: syntax error: illegal character U+0023 '#' (comments begin with //)"}},
		{"list of several lines", "xs := []int{\n\t1,\n\t2\n}", []string{"3:3: syntax error: missing ',' before newline in composite literal (in a list of several lines, the last line ends in a comma too)"}},
		{"indented magic", "  %help", []string{"1:3: syntax error: expected statement, found '%' (special lines begin in the first column)"}},
		{"in", "for i in range(3) {\n}", []string{"1:7: syntax error: expected '{', found in (loops over a range are written for i := range n { … })"}},
		{"type parameter that cannot be inferred", "func zero[U any]() (u U) { return }\nzero()", []string{"2:1: in call to zero, cannot infer U (write the type in brackets behind the name, as in F[float64](…))"}},
		{"a constant that is too large", "1 << 100", []string{"1:1: cannot use 1 << 100 (untyped int constant 1267650600228229401496703205376) as int value (overflows)"}},
		{"return with a value", "return 1", []string{"1:8: too many return values\n\thave (number)\n\twant () (return ends the cell; write the value as its last line to show it)"}},
		{"magic", "%hepl\n%foo\n%version x\n!", []string{
			`1:1: "%hepl" is no command; %help lists what there is (did you mean %help?)`,
			`2:1: "%foo" is no command; %help lists what there is`,
			`3:10: %version takes no arguments, got "x"`,
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

// Mistakes that come from what earlier cells did.
func TestErrorsAcrossCells(t *testing.T) {
	n := newNotebook(t)
	n.run("type T struct{ a int }\nfunc make1() *T { return &T{1} }\nt := T{1}\nts := []T{t}")
	n.run("type T struct{ a, b int }")
	const old = "type T was declared again in Cell [2]; "
	n.wantErrors("var u T = t", "1:11: cannot use t (variable of struct type T) as T value in variable declaration ("+old+"t keeps the older one: run the cell that defines t again)")
	n.wantErrors("t = T{1, 2}", "1:5: cannot use T{…} (value of struct type T) as T value in assignment ("+old+"t keeps the older one: run the cell that defines t again)")
	n.wantErrors("ts = append(ts, T{1, 2})", "1:17: cannot use T{…} (value of struct type T) as T value in argument to append ("+old+"ts keeps the older one: run the cell that defines ts again)")
	n.wantErrors("x := make1()\nx.b", "2:3: x.b undefined (type *T has no field or method b) ("+old+"x has the older one, by a function or variable of an earlier cell: run that cell again)")
	n.wantErrors("make1().b", "1:9: make1().b undefined (type *T has no field or method b) ("+old+"make1 keeps the older one: run the cell that defines make1 again)")

	n.wantErrors("later := 1\nlater2 := undefinedOne", "2:11: undefined: undefinedOne")
	n.wantErrors("later", "1:1: undefined: later (Cell [8] defines it, but that cell has a mistake)")
	n.run("later := 1")
	n.run("later")
	n.fails("one, two := 1, 2\nfunc three() {}\none two")
	for _, name := range []string{"one", "two", "three"} {
		n.wantErrors(name, "1:1: undefined: "+name+" (Cell [12] defines it, but that cell has a mistake)")
	}

	n.run("le := binary.LittleEndian")
	n.wantErrors("le.Uint16(nil)", "1:1: undefined: le (it stayed in Cell [16], since its type is private to a package; give it an interface type there, such as var le any = …)")
	n.run("string := \"a\"\nmax := 3\nstrconv := 1")
	n.wantErrors("var s string", "1:7: string (variable) is not a type (string is a variable of Cell [18] and hides Go's own string; rename it there, restart the kernel and run the cells again)")
	n.wantErrors("max(1, 2)", "1:1: invalid operation: cannot call max (variable of type int): int is not a function (max is a variable of Cell [18] and hides Go's own max; rename it there, restart the kernel and run the cells again)")
	n.wantErrors("strconv.Itoa(1)", "1:9: strconv.Itoa undefined (type int has no field or method Itoa) (strconv is a variable of Cell [18] and hides the package; write import \"strconv\" to have that back)")
}

// A caret stands below its letter where letters take two columns, or none.
func TestCaretBelowWideLetters(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"s := nothing", "     "},
		{"\t\"é\" + x", "\t      "},
		{"\"日本🎉\" + x", " \u3000\u3000\u3000    "},
		{"\"e\u0301\" + x", "      "},
	} {
		col := strings.IndexAny(c.line, "x")
		if col < 0 {
			col = strings.Index(c.line, "nothing")
		}
		if got := pad(c.line, len([]rune(c.line[:col]))+1); got != c.want {
			t.Errorf("%s: %q, want %q", c.line, got, c.want)
		}
	}
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
