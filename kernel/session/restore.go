package session

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spikebook/spikebook/kernel/cell"
)

// A worker that dies takes the variables along. Functions, types, constants and
// imports have no side effects, so they come back by themselves; the cells that
// defined the variables run again when %restore asks for it.

// bringBack loads functions and types of earlier cells into a worker that was
// just started. If that fails they are forgotten, and the next cell tells so; a
// worker that died of it is started once more, with nothing to bring back.
func (s *Session) bringBack(st *starting, start func()) {
	plugin, err := s.compiler.Restore(s.ctx)
	if err == nil && plugin != nil {
		err = st.worker.Load(s.ctx, plugin)
	}
	if err == nil || s.ctx.Err() != nil {
		return
	}
	s.log("functions and types not brought back: %v", err)
	if gone := s.compiler.ForgetAll(); len(gone) > 0 {
		s.mu.Lock()
		s.unrestored = fmt.Sprintf("after the worker's death these could not be brought back: %s (%v); run their cells again", names(gone), err)
		s.mu.Unlock()
	}
	if st.worker.Damaged() != nil {
		st.worker.Kill("it is damaged")
		st.worker.Close()
		start()
	}
}

// awaitRestored waits while declarations are brought back, since a cell is built
// with what there is then.
func (s *Session) awaitRestored(ctx context.Context) {
	s.mu.Lock()
	st := s.worker
	s.mu.Unlock()
	if !st.again {
		return
	}
	select {
	case <-st.done:
	case <-ctx.Done():
	}
}

// takeUnrestored returns what is to be told of declarations that did not come
// back, once.
func (s *Session) takeUnrestored() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := s.unrestored
	s.unrestored = ""
	return text
}

// offer is the end of a message about a worker that died: what comes back, and
// how the rest may.
func (s *Session) offer() string {
	text := " The process was started again, and functions and types are back."
	var cells []string
	for _, lost := range s.compiler.LostVariables() {
		cells = append(cells, fmt.Sprintf("Cell [%d]", lost.Count))
	}
	if len(cells) > 0 {
		text += " %restore runs the cells again that defined the variables: " + names(cells) + "."
	}
	return text
}

// restoreDead is %restore without a file: it runs the cells again that defined
// the variables which a dead worker held, in the order in which they ran.
func (s *Session) restoreDead(ctx context.Context, _ *plan) error {
	list := s.compiler.LostVariables()
	if len(list) == 0 {
		s.print("nothing is lost; %%restore FILE reads what %%save has written\n")
		return nil
	}
	var failed *Error
	for progress := true; progress && len(list) > 0; {
		var waiting []cell.Source
		for _, lost := range list {
			err := s.restoreCell(ctx, lost)
			switch {
			case err == nil:
			case ctx.Err() != nil:
				return err
			case err.EName == "CompileError": // it may need what a later cell defines
				failed, waiting = err, append(waiting, lost)
			default: // as it may have done before; what it came to is defined
				s.outlet.Text("stderr", fmt.Sprintf("Cell [%d] failed again: %s\n", lost.Count, err.EValue))
			}
		}
		progress = len(waiting) < len(list)
		list = waiting
	}
	if len(list) > 0 {
		return failed
	}
	return nil
}

// restoreCell runs a cell again, unless its variables have come back meanwhile.
func (s *Session) restoreCell(ctx context.Context, lost cell.Source) *Error {
	if !slices.ContainsFunc(s.compiler.LostVariables(), func(l cell.Source) bool { return l.Count == lost.Count }) {
		return nil
	}
	built, err := s.compiler.Build(ctx, lost.Count, "", lost.Text)
	if err != nil {
		return s.compileError(err)
	}
	s.print("Cell [%d]: %s\n", lost.Count, strings.Join(lost.Names, ", "))
	var result Result
	s.run(ctx, lost.Count, &plan{count: lost.Count, text: lost.Text}, built, &result)
	return result.Err
}
