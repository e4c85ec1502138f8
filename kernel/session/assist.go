package session

import (
	"context"
	"fmt"

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
	return description(d)
}

func description(d cell.Description) *worker.Display {
	return &worker.Display{Data: map[string]any{"text/plain": d.Plain(), "text/markdown": d.Markdown()}, Metadata: map[string]any{}}
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
	return description(d)
}
