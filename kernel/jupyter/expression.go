package jupyter

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// A Calculator is an Evaluator that knows the value of expressions.
type Calculator interface {
	// Evaluate returns for each expression its value or why it has none, by the
	// name under which it is asked. It is called after a cell, before the next.
	Evaluate(ctx context.Context, expressions map[string]string, out Output) map[string]Value
}

// A Value is what an expression came to. Exactly one field is set.
type Value struct {
	Display *Display
	Err     *Error
}

// userExpressions answers the expressions of an execute request. A bad one never
// fails the cell (P-22).
func (k *Kernel) userExpressions(ctx context.Context, asked map[string]json.RawMessage, parent *Message) map[string]any {
	answers := make(map[string]any, len(asked))
	expressions := make(map[string]string, len(asked))
	for name, text := range asked {
		var expression string
		if json.Unmarshal(text, &expression) != nil || strings.TrimSpace(expression) == "" {
			answers[name] = expressionError(&Error{Name: "BadExpression", Value: fmt.Sprintf("%s is not the text of an expression", text)})
			continue
		}
		expressions[name] = expression
	}
	if len(expressions) == 0 {
		return answers
	}
	values := k.evaluate(ctx, expressions, parent)
	for name := range expressions {
		v, ok := values[name]
		switch {
		case ok && v.Err == nil && v.Display != nil:
			content := displayContent(*v.Display)
			answers[name] = map[string]any{"status": "ok", "data": content["data"], "metadata": content["metadata"]}
		case ok && v.Err != nil:
			answers[name] = expressionError(v.Err)
		default:
			answers[name] = expressionError(&Error{Name: "NotSupported", Value: "expressions are not evaluated by this kernel; run a cell instead"})
		}
	}
	return answers
}

func expressionError(e *Error) map[string]any {
	traceback := e.Traceback
	if len(traceback) == 0 {
		traceback = []string{e.Name + ": " + e.Value}
	}
	return map[string]any{"status": "error", "ename": e.Name, "evalue": e.Value, "traceback": traceback}
}

func (k *Kernel) evaluate(ctx context.Context, expressions map[string]string, parent *Message) (values map[string]Value) {
	c, ok := k.ev.(Calculator)
	if !ok {
		return nil
	}
	defer func() {
		if p := recover(); p != nil {
			k.logf.limited("user_expressions: internal error: %v", p)
			values = nil
		}
	}()
	return c.Evaluate(ctx, expressions, cellOutput{k, parent})
}
