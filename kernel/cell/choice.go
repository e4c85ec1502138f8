package cell

import (
	"context"
	"errors"
	"fmt"
	"go/parser"
	"runtime/debug"
	"strings"
)

// choiceText begins the text under which a build of several expressions is kept, so
// that it is never taken for a cell of the same lines.
const choiceText = "\x00"

// BuildChoice makes one plugin of several expressions. A run of it evaluates one of
// them: that whose index among expressions is the last of the run's arguments, which
// the cell then no longer finds in os.Args. mistakes has an element for each
// expression, nil where it goes with the live scope; the others are left out of the
// plugin, and cannot be chosen. built is nil when none is left, or when err says
// what is wrong with the machine or the kernel.
func (c *Compiler) BuildChoice(ctx context.Context, count int, expressions []string) (built *Cell, mistakes []error, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer func() {
		if p := recover(); p != nil {
			built = nil
			err = c.internalError(strings.Join(expressions, "\n"), p, debug.Stack())
		}
	}()
	mistakes = make([]error, len(expressions))
	var choices []int
	var good []string
	for i, text := range expressions {
		err := c.checkExpression(ctx, count, text)
		var problems *Problems
		switch {
		case errors.As(err, &problems):
			mistakes[i] = err
		case err != nil:
			return nil, mistakes, err
		default:
			choices, good = append(choices, i), append(good, text)
		}
	}
	if len(choices) == 0 {
		return nil, mistakes, nil
	}
	text := strings.Join(good, "\n")
	built, err = c.buildText(ctx, count, "", text, text, nil, nil, choices)
	return built, mistakes, err
}

// checkExpression looks for mistakes in one expression.
func (c *Compiler) checkExpression(ctx context.Context, count int, text string) error {
	if _, err := parser.ParseExpr(text); err != nil {
		return finish(count, text, []Problem{{Line: 1, Message: "syntax error: this is not an expression of Go: " + err.Error()}})
	}
	failed := c.failed // a mistake here is no cell's
	c.failed = map[string]int{}
	defer func() { c.failed = failed }()
	_, problems, err := c.understand(ctx, text, splitGo(text), count, "", text)
	if err == nil && len(problems) > 0 {
		err = finish(count, text, problems)
	}
	return err
}

// choose puts each statement of a cell that is built of several expressions under
// its condition. Behind it the run ends, so that no other is evaluated.
func (g *generator) choose(i int, text string) string {
	return fmt.Sprintf("if %schoice == %d { %s; return }", mark+mark, g.choices[i], text)
}
