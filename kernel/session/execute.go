package session

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spikebook/spikebook/kernel/cell"
	"github.com/spikebook/spikebook/kernel/worker"
	"github.com/spikebook/spikebook/kernel/worker/wire"
)

// Request is one cell to run.
type Request struct {
	Code   string
	CellID string // the front end's name of the cell, the same when it runs again; may be empty
	Count  int    // its execution count
	Silent bool   // the front end asks on its own behalf; the value is not shown
	Ask    Asker  // how the cell asks for input; nil: it cannot

	// Coming returns the cell that waits behind this one; ok is false when none
	// does. It may be nil. That cell is compiled while this one runs.
	Coming func() (next Request, ok bool)
}

// Result is what a cell came to.
type Result struct {
	Value       *worker.Display // of the last expression; nil when there is nothing to show
	Page        *worker.Display // answer to the question that ends the cell, such as "name?"; nil when there is none
	Next        *Next           // what the cell wants to be run next; nil when it is silent about that
	Err         *Error          // why the cell failed; nil when it did not
	Timing      Timing
	Interrupted bool // by [Session.Interrupt], or because ctx ended; Err says so too
}

// Execute runs one cell. When it returns, everything the cell showed has gone to
// out; what its goroutines show later goes there too, until the next cell. When
// ctx ends the cell is interrupted, and Execute returns as soon as it has ended.
func (s *Session) Execute(ctx context.Context, r Request, out worker.Output) (result Result) {
	s.executing.Lock()
	defer s.executing.Unlock()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	j := &job{cancel: cancel, ctx: ctx, ask: r.Ask}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return Result{Err: plainError("Closed", "the session is closed")}
	}
	s.job = j
	s.sources[r.Count] = r.Code
	s.count, s.out = r.Count, out
	s.mu.Unlock()
	began := time.Now()
	defer func() {
		s.mu.Lock()
		s.job = nil
		result.Next = j.next
		s.mu.Unlock()
		result.Timing.Total = time.Since(began)
	}()

	owner := r.CellID
	if owner == "" {
		owner = "text " + r.Code // the best guess whether a cell runs again
	}
	s.outlet.Begin(out, owner)
	s.noticeDeath()
	code, question, asks := cell.SplitQuestion(r.Code)
	if asks {
		defer func() {
			if result.Err == nil {
				result.Page = s.answer(code, question)
			}
		}()
	}
	p, failed := s.prepare(ctx, r, code)
	defer func() { s.conclude(ctx, p, &result) }()
	switch {
	case ctx.Err() != nil:
		return s.interrupted(result, false)
	case failed != nil:
		if failed.EName == "CompileError" {
			s.richError(failed)
		}
		s.outlet.Flush(context.Background())
		result.Err = failed
		return result
	case p.empty() && p.program == nil:
		s.outlet.Flush(context.Background())
		return result
	case p.program != nil:
		s.runProgram(ctx, r, p, &result)
		return result
	}
	s.runLive(ctx, r, p, &result)
	if r.Silent {
		result.Value = nil
	}
	return result
}

// runLive builds a cell and runs it in the worker.
func (s *Session) runLive(ctx context.Context, r Request, p *plan, result *Result) {
	began := time.Now()
	if err := s.refresh(ctx); err != nil {
		s.outlet.Text("stderr", err.Error()+"\n")
	}
	for first := true; ; first = false {
		s.awaitRestored(ctx)
		built, err := s.compiler.Build(ctx, r.Count, r.CellID, p.text)
		result.Timing.Build = time.Since(began)
		if err != nil {
			if ctx.Err() != nil {
				*result = s.interrupted(*result, false)
				return
			}
			result.Err = s.compileError(err)
			return
		}
		result.Timing.Stages = built.Timing
		if built.Empty {
			s.compiler.Commit(built)
			s.outlet.Flush(context.Background())
			return
		}
		if first {
			// What met the death of the worker before any of it ran runs in the next.
			if err := s.begin(ctx, r.Count, p, built, result); err != nil {
				s.tellDeath(err)
				continue
			}
		} else {
			s.run(ctx, r.Count, p, built, result)
		}
		break
	}
	s.learn(p, result.Err == nil)
}

// noticeDeath tells of a worker that died between cells, through a goroutine
// that a cell had left running.
func (s *Session) noticeDeath() {
	w := s.current()
	if w == nil {
		return
	}
	if err := w.Damaged(); err != nil {
		s.tellDeath(err)
	}
}

// tellDeath starts another worker and says what is lost.
func (s *Session) tellDeath(err error) {
	lost := s.replaceWorker(err)
	text := fmt.Sprintf("%v since the last cell; it was started again", err)
	if len(lost) > 0 {
		text += ", and these variables are gone: " + names(lost) + "." + s.offer()
	}
	s.outlet.Text("stderr", text+"\n")
}

// pingTime is how long a worker may take to answer that it lives.
const pingTime = time.Second

// run loads a cell that was built, and runs it.
func (s *Session) run(ctx context.Context, count int, p *plan, built *cell.Cell, result *Result) {
	if err := s.begin(ctx, count, p, built, result); err != nil {
		result.Err = s.deathError(err)
	}
}

// begin is run, apart from the death of a worker in which none of the cell's
// statements has run: that is returned, and result says nothing then.
func (s *Session) begin(ctx context.Context, count int, p *plan, built *cell.Cell, result *Result) (died error) {
	w, err := s.live(ctx)
	if err != nil {
		s.outlet.Flush(context.Background())
		if ctx.Err() != nil {
			*result = s.interrupted(*result, false)
			return nil
		}
		result.Err = plainError("NotReady", fmt.Sprintf("the worker cannot be started: %v", err))
		return nil
	}
	if text := s.takeUnrestored(); text != "" {
		s.outlet.Text("stderr", text+"\n")
	}
	if s.compiler.Stale(built) {
		s.outlet.Flush(context.Background())
		result.Err = plainError("NotReady", "functions and types of earlier cells could not be brought back after the worker's death; run those cells again, then this one")
		return nil
	}
	if built.Unchanged {
		// Nothing is loaded, which would show whether the worker lives.
		ping, cancel := context.WithTimeout(ctx, pingTime)
		err := w.Ask(ping, wire.AskVars, nil, nil)
		cancel()
		if worker.IsDied(err) != nil && ctx.Err() == nil {
			return err
		}
	} else {
		began := time.Now()
		err := w.Load(ctx, built.Plugin)
		result.Timing.Load = time.Since(began)
		if worker.IsDied(err) != nil && ctx.Err() == nil {
			return err
		}
		if err != nil {
			s.outlet.Flush(context.Background())
			result.Err = s.loadError(err)
			return nil
		}
		// The process keeps what it has mapped; hundreds of cells would fill the disk.
		os.Remove(built.Plugin.File)
	}
	// What the cell declares is in the worker now, whatever its statements do.
	s.compiler.Commit(built)
	built.Unchanged = true // if it is run once more it is there
	if ctx.Err() != nil {
		*result = s.interrupted(*result, false)
		return nil
	}
	for _, line := range built.Notices {
		s.outlet.Text("stderr", line+"\n")
	}
	began := time.Now()
	ahead := s.compileAhead(ctx, p, built)
	ran, err := w.RunWith(ctx, built.Plugin.Path, s.runOptions(p))
	ahead()
	result.Timing.Drain = ran.Drain
	result.Timing.Run = time.Since(began) - ran.Drain
	if err != nil {
		result.Err = s.deathError(err)
		return nil
	}
	missing, free := s.compiler.Defined(built, ran.Defined)
	w.Free(free)
	if len(missing) > 0 {
		defer func() {
			if result.Err != nil {
				result.Err.Traceback = append(result.Err.Traceback, faint+"not defined, since the cell stopped before: "+names(missing)+plain)
			}
		}()
	}
	if len(ran.Value) > 0 {
		if ran.Metadata == nil {
			ran.Metadata = map[string]any{}
		}
		result.Value = &worker.Display{Data: ran.Value, Metadata: ran.Metadata}
	}
	switch {
	case ran.Interrupted, s.refused():
		*result = s.interrupted(*result, ran.Abandoned)
		if ran.Where != nil {
			result.Err.Traceback = append(result.Err.Traceback, s.frames([]worker.Frame{*ran.Where}, 0)...)
		}
	case ran.Panic != nil:
		result.Err = s.panicError(ran.Panic)
	case ran.Exit != nil && *ran.Exit != 0:
		result.Err = plainError("Exit", fmt.Sprintf("exit status %d: the cell called os.Exit or log.Fatal; its variables are kept", *ran.Exit))
	case len(ran.Errors) > 0:
		result.Err = s.valueError(count, ran.Errors)
	}
	return nil
}

// refused tells whether an interrupt has ended a question of the running cell.
func (s *Session) refused() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.job != nil && s.job.refused
}

// interrupted completes the result of a cell that was interrupted.
func (s *Session) interrupted(result Result, abandoned bool) Result {
	s.outlet.Stop()
	text := "the cell was interrupted; variables keep the values they have"
	if abandoned {
		text += ". A call that did not come back goes on in the background until it returns"
	}
	result.Err, result.Interrupted = plainError("Interrupted", text), true
	return result
}

// loadError explains why a cell could not be loaded. Unless the worker refused
// beforehand, it is of no further use.
func (s *Session) loadError(err error) *Error {
	var mismatch *worker.Mismatch
	switch {
	case errors.As(err, &mismatch):
		return plainError("LoadError", err.Error())
	case worker.IsDied(err) != nil:
		return s.deathError(err)
	}
	lost := s.replaceWorker(err)
	text := err.Error() + ". The worker had to be replaced"
	if len(lost) > 0 {
		text += ", and these variables are gone: " + names(lost) + "." + s.offer()
	}
	return plainError("LoadError", text)
}
