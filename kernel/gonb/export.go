package gonb

import (
	"context"
	"fmt"

	"go/format"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strings"
)

// An Export turns the cells of a live notebook into one program that does what
// they did, in the order in which they ran: declarations stand by themselves, and
// the statements of all cells follow each other in func main.
//
// A variable that a function mentions becomes one of the package; the others stay
// in func main. A variable that is defined again with another type opens a block,
// which reaches to the end.
type Export struct {
	Cells []*Cell           // by ParseScript, in the order in which they ran
	Types map[string]string // of the variables, as Go text

	// What compiling has shown, by the number of the statement: see Learn.
	unused map[int][]string // local variables that nothing reads
	silent map[int]bool     // calls without a value

	numbers []int // line of main.go → number of the statement, 0 for none
}

// Write writes main.go and main_test.go, formatted.
func (e *Export) Write(ctx context.Context, r Resolver) (*Files, error) {
	var m Memory
	for _, c := range e.Cells {
		m = m.With(&Cell{Count: c.Count, Decls: c.Decls})
	}
	global := e.globals(m)
	w := &exporter{e: e, global: global, scopes: []map[string]string{{}}}
	w.b.WriteString("func main() {\n")
	for _, c := range e.Cells {
		w.cell(c)
	}
	w.b.WriteString(strings.Repeat("}\n", len(w.scopes)))
	var vars strings.Builder
	for _, name := range global {
		fmt.Fprintf(&vars, "var %s %s\n", name, e.Types[name])
	}
	main := &Cell{Main: &Decl{Text: w.b.String()}}
	files, err := m.ComposeWith(ctx, main, r, vars.String())
	if err != nil {
		return nil, err
	}
	for _, text := range []*string{&files.Main, &files.Test} {
		formatted, err := format.Source([]byte(*text))
		if err != nil {
			return nil, err
		}
		*text = string(formatted)
	}
	e.number(files)
	return files, nil
}

// marker ends statements in the text, so that lines of the formatted file can be
// led back to them; it is taken out again.
const marker = "//\ue000"

// number takes the markers out of main.go and notes what they say.
func (e *Export) number(f *Files) {
	lines := strings.Split(f.Main, "\n")
	e.numbers = make([]int, len(lines)+1)
	last := 0
	for i := len(lines) - 1; i >= 0; i-- {
		if at := strings.Index(lines[i], marker); at >= 0 {
			fmt.Sscanf(lines[i][at+len(marker):], "%d", &last)
			lines[i] = strings.TrimRight(lines[i][:at], " \t")
		}
		e.numbers[i+1] = last
	}
	f.Main = strings.Join(lines, "\n")
	if formatted, err := format.Source([]byte(f.Main)); err == nil {
		f.Main = string(formatted)
	}
}

// Learn takes what the compiler complains about, as line and message of main.go.
// It returns whether another Write will do better.
func (e *Export) Learn(line int, message string) bool {
	if line < 1 || line >= len(e.numbers) || e.numbers[line] == 0 {
		return false
	}
	n := e.numbers[line]
	if name, ok := strings.CutPrefix(message, "declared and not used: "); ok {
		if e.unused == nil {
			e.unused = map[int][]string{}
		}
		if slices.Contains(e.unused[n], name) {
			return false
		}
		e.unused[n] = append(e.unused[n], name)
		return true
	}
	if strings.Contains(message, "used as value") && !e.silent[n] {
		if e.silent == nil {
			e.silent = map[int]bool{}
		}
		e.silent[n] = true
		return true
	}
	return false
}

// globals are the variables that functions mention, and those that are defined
// together with one of them, sorted.
func (e *Export) globals(m Memory) []string {
	mentioned := map[string]bool{}
	for _, d := range m.decls {
		if d.Kind != Func {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+d.Text, 0)
		if err != nil {
			continue
		}
		for _, id := range f.Unresolved {
			mentioned[id.Name] = true
		}
	}
	is := map[string]bool{}
	for again := true; again; {
		again = false
		for _, c := range e.Cells {
			for _, s := range c.Stmts {
				any := false
				for _, name := range s.Defines {
					any = any || is[name] || mentioned[name] && e.Types[name] != ""
				}
				for _, name := range s.Defines {
					if any && name != "_" && !is[name] && e.Types[name] != "" {
						is[name], again = true, true
					}
				}
			}
		}
	}
	var names []string
	for name := range is {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// prints matches calls whose results a notebook does not show.
var prints = regexp.MustCompile(`^(fmt|log|os|gonbui|display|dom|widgets)\.`)

// An exporter writes func main.
type exporter struct {
	e      *Export
	b      strings.Builder
	global []string
	scopes []map[string]string // variable → type, of each block that is open
	n      int                 // number of the statement
}

func (w *exporter) cell(c *Cell) {
	if len(c.Stmts) == 0 && c.Main == nil {
		return
	}
	fmt.Fprintf(&w.b, "\n// Cell [%d]\n", c.Count)
	for i, s := range c.Stmts {
		w.n++
		w.statement(s, i == len(c.Stmts)-1 && c.Main == nil)
	}
	if c.Main != nil {
		w.n++
		body := c.Main.Text[max(0, strings.Index(c.Main.Text, "{")):]
		fmt.Fprintf(&w.b, "func() %s() %s%d\n", body, marker, w.n)
	}
}

// line writes a statement.
func (w *exporter) line(text string) { fmt.Fprintf(&w.b, "%s %s%d\n", text, marker, w.n) }

func (w *exporter) statement(s Stmt, last bool) {
	switch {
	case len(s.Defines) == 0:
		if last && s.Value && !w.e.silent[w.n] && !prints.MatchString(s.Text) {
			w.line("fmt.Println(" + s.Text + ")")
			return
		}
		w.line(s.Text)
		return
	case slices.ContainsFunc(s.Defines, func(n string) bool { return slices.Contains(w.global, n) }):
		w.line(assignment(s))
		return
	}
	scope := w.scopes[len(w.scopes)-1]
	old, fresh := 0, 0
	for _, name := range s.Defines {
		if name == "_" {
			continue
		}
		if _, have := scope[name]; have {
			old++
		} else {
			fresh++
		}
	}
	switch {
	case old == 0, !s.Var && fresh > 0:
		w.line(s.Text)
	default:
		// Whether the type is the same is not known here, so the name gets a new
		// variable, as the notebook would give it.
		w.b.WriteString("{\n")
		scope = map[string]string{}
		w.scopes = append(w.scopes, scope)
		w.line(s.Text)
	}
	for _, name := range s.Defines {
		if name != "_" {
			scope[name] = s.Type
		}
	}
	for _, name := range w.e.unused[w.n] {
		w.b.WriteString("_ = " + name + "\n")
	}
}

// assignment is a definition of variables that exist.
func assignment(s Stmt) string {
	left := strings.Join(s.Defines, ", ")
	if s.Right == "" {
		zero := "*new(" + s.Type + ")"
		return left + " = " + strings.TrimSuffix(strings.Repeat(zero+", ", len(s.Defines)), ", ")
	}
	return left + " = " + s.Right
}
