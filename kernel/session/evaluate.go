package session

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/spikebook/spikebook/kernel/cell"
	"github.com/spikebook/spikebook/kernel/worker"
	"github.com/spikebook/spikebook/kernel/worker/wire"
)

// A Value is what an expression came to. Exactly one field is set.
type Value struct {
	Display *worker.Display
	Err     *Error
}

// How long the worker may take to show a value: one that was asked for, and one
// that is shown beside something else.
const (
	showTime   = 3 * time.Second
	glanceTime = 200 * time.Millisecond
)

// Evaluate returns the values of expressions, by the names under which they are
// asked. Variables, their fields and elements are read from the worker; the others
// are compiled together and run one after another, so that a panic of one is its
// own. What an expression prints goes to out.
func (s *Session) Evaluate(ctx context.Context, expressions map[string]string, out worker.Output) map[string]Value {
	s.executing.Lock()
	defer s.executing.Unlock()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.job = &job{cancel: cancel, ctx: ctx}
	count := s.count
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.job = nil
		s.mu.Unlock()
	}()
	values := make(map[string]Value, len(expressions))
	var rest, texts []string // names and expressions of those that are compiled
	for _, name := range slices.Sorted(maps.Keys(expressions)) {
		text := expressions[name]
		parsed, err := parser.ParseExpr(text)
		if err != nil {
			values[name] = Value{Err: plainError("SyntaxError", fmt.Sprintf("%q is not an expression of Go: %v", text, err))}
			continue
		}
		if d := s.read(ctx, parsed, showTime, false); d != nil {
			values[name] = Value{Display: d}
			continue
		}
		rest, texts = append(rest, name), append(texts, text)
	}
	if len(rest) == 0 {
		return values
	}
	built, mistakes, err := s.compiler.BuildChoice(ctx, count, texts)
	for i, name := range rest {
		switch {
		case mistakes[i] != nil:
			values[name] = Value{Err: buildError(mistakes[i])}
		case err != nil:
			values[name] = Value{Err: buildError(err)}
		default:
			values[name] = s.evaluate(ctx, count, built, i, texts[i])
		}
	}
	return values
}

// evaluate runs one of several expressions that were built together.
func (s *Session) evaluate(ctx context.Context, count int, built *cell.Cell, choice int, text string) Value {
	var result Result
	s.run(ctx, count, &plan{count: count, args: []string{strconv.Itoa(choice)}}, built, &result)
	switch {
	case result.Err != nil:
		e := result.Err
		if e.EName != "WorkerDied" { // the lines of cells are not where it happened
			e.Traceback = append(headline(e.EName, e.EValue), faint+"in the expression "+text+plain)
		}
		return Value{Err: e}
	case result.Value == nil:
		return Value{Err: plainError("NoValue", fmt.Sprintf("%s gives no value", text))}
	}
	return Value{Display: result.Value}
}

// read returns the value of an expression that names a variable or a part of one,
// or nil when it is something else or has no such part: the compiler then says why.
func (s *Session) read(ctx context.Context, e ast.Expr, within time.Duration, quiet bool) *worker.Display {
	name, steps, ok := partOf(e)
	if !ok {
		return nil
	}
	slot, ok := s.compiler.Slot(name)
	w := s.current()
	if !ok || w == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	d, err := w.Show(ctx, wire.Show{Slot: slot, Steps: steps, Quiet: quiet})
	if err != nil || len(d.Data) == 0 {
		return nil
	}
	return d
}

// partOf takes an expression apart into a variable and the steps from it to a part:
// x, x.f, x[3], x["key"], *x and what is built of them.
func partOf(e ast.Expr) (name string, steps []wire.Step, ok bool) {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name, nil, true
	case *ast.ParenExpr:
		return partOf(e.X)
	case *ast.StarExpr:
		name, steps, ok = partOf(e.X)
		return name, append(steps, wire.Step{Deref: true}), ok
	case *ast.SelectorExpr:
		name, steps, ok = partOf(e.X)
		return name, append(steps, wire.Step{Field: e.Sel.Name}), ok
	case *ast.IndexExpr:
		lit, isLit := e.Index.(*ast.BasicLit)
		name, steps, ok = partOf(e.X)
		if !ok || !isLit {
			return "", nil, false
		}
		switch lit.Kind {
		case token.INT:
			n, err := strconv.ParseInt(lit.Value, 0, 0)
			index := int(n)
			return name, append(steps, wire.Step{Index: &index}), err == nil
		case token.STRING:
			key, err := strconv.Unquote(lit.Value)
			return name, append(steps, wire.Step{Key: &key}), err == nil
		}
	}
	return "", nil, false
}

// glance is the value of the variable, or part of one, that a text names at a
// cursor, in few words; "" when there is none, or when a cell runs that may be
// changing it.
func (s *Session) glance(text string) string {
	e, err := parser.ParseExpr(text)
	w := s.current()
	if err != nil || w == nil || w.Running() {
		return ""
	}
	d := s.read(context.Background(), e, glanceTime, true)
	if d == nil {
		return ""
	}
	value, _ := d.Data["text/plain"].(string)
	return value
}

// chainAt is the chain of names and dots around a cursor, up to the end of the name
// that it stands on: in "a.b.c" with the cursor in b it is "a.b".
func chainAt(code string, cursor int) string {
	cursor = max(0, min(cursor, len(code)))
	part := func(c byte) bool {
		return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
	}
	start, end := cursor, cursor
	for end < len(code) && part(code[end]) {
		end++
	}
	for start > 0 && (part(code[start-1]) || code[start-1] == '.') {
		start--
	}
	return code[start:end]
}
