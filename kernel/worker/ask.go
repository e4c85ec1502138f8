package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spikebook/spikebook/kernel/worker/wire"
)

// Ask puts a question of package wire to the worker, which answers at any time,
// also while a cell runs. The error is a [*Died] when the worker has ended.
func (w *Worker) Ask(ctx context.Context, question string, argument, answer any) error {
	data, err := json.Marshal(argument)
	if err != nil {
		return fmt.Errorf("ask %s: %w", question, err)
	}
	reply := make(chan wire.Report, 1)
	w.mu.Lock()
	w.next++
	id := w.next
	w.calls[id] = reply
	w.mu.Unlock()
	w.send(wire.Command{Op: wire.Ask, ID: id, Path: question, Data: data})
	select {
	case r := <-reply:
		if r.Error != "" {
			return errors.New(Unmark(r.Error))
		}
		if answer == nil || len(r.Data) == 0 {
			return nil
		}
		return json.Unmarshal(r.Data, answer)
	case <-w.ended:
		return w.died
	case <-ctx.Done():
		w.mu.Lock()
		delete(w.calls, id)
		w.mu.Unlock()
		return ctx.Err()
	}
}

// RunOptions are what a run may be given beside its cell.
type RunOptions struct {
	Args    []string // the program's arguments; os.Args[1:]
	Profile string   // file for a CPU profile; none when empty

	Started func(run int64) // told the number of the run, by which %jobs names it; may be nil
}
