package session

import (
	"context"
	"fmt"
	"strings"

	"github.com/spikebook/spikebook/kernel/cell"
	"github.com/spikebook/spikebook/kernel/worker"
)

// Complete proposes how the text at the cursor, a byte offset, may go on. It
// compiles nothing, and waits while a cell is built.
func (s *Session) Complete(code string, cursor int) cell.Completion {
	return s.assistant.Complete(code, cursor)
}

// Inspect describes the name at the cursor, a byte offset; detail 1 adds its
// source text. It returns nil for what is not known.
func (s *Session) Inspect(code string, cursor, detail int) *worker.Display {
	d, ok := s.assistant.Inspect(code, cursor, detail)
	if !ok {
		return nil
	}
	return s.description(d, chainAt(code, cursor))
}

// description is what is known about a name, with its value when it is that of a
// variable; named is the expression that names it.
func (s *Session) description(d cell.Description, named string) *worker.Display {
	plain, markdown := d.Plain(), d.Markdown()
	if d.Where != "this cell" && named != "" {
		if value := s.glance(named); value != "" {
			plain = "Value: " + value + "\n" + plain
			markdown = "```go\n" + named + " = " + strings.ReplaceAll(value, "```", "'''") + "\n```\n\n" + markdown
		}
	}
	return &worker.Display{Data: map[string]any{"text/plain": plain, "text/markdown": markdown}, Metadata: map[string]any{}}
}

// answer looks up what the last line of a cell asks, after its other lines have
// run. rest is the cell without that line.
func (s *Session) answer(rest string, q cell.Question) *worker.Display {
	d, ok := s.assistant.Describe(rest, q)
	if !ok {
		s.outlet.Text("stdout", fmt.Sprintf("%s is not known: neither a name of this notebook nor a package or a member of one.\n", q.Name))
		s.outlet.Flush(context.Background())
		return nil
	}
	return s.description(d, q.Name)
}
