package session

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/spikebook/spikebook/kernel/magic"
	"github.com/spikebook/spikebook/kernel/worker"
)

// get is %get.
func (s *Session) get(ctx context.Context, _ *plan, _ magic.Line, words []string) error {
	m, failed := s.moduleOr()
	if failed != nil {
		return failed
	}
	if len(words) == 0 {
		return errors.New("no package; write %get example.com/package, or %get example.com/package@v1.2.3")
	}
	if err := m.Get(ctx, words...); err != nil {
		return err
	}
	return s.refresh(ctx)
}

// PinnedType is the MIME type under which %pin gives go.mod and go.sum to whoever
// writes the notebook: the runner puts them into the notebook's metadata, and in a
// notebook that Jupyter has saved they stand in the output of the cell.
const PinnedType = "application/vnd.spikebook.module+json"

// pin is %pin.
func (s *Session) pin(context.Context, *plan, magic.Line, []string) error {
	pinned, err := s.Pin()
	if err != nil {
		return err
	}
	data, err := json.Marshal(pinned)
	if err != nil {
		return err
	}
	var value any
	if err := json.Unmarshal(data, &value); err != nil {
		return err
	}
	s.outlet.Display(worker.Display{Data: map[string]any{
		PinnedType:   value,
		"text/plain": "pinned; the notebook keeps these versions:\n" + pinned.GoMod,
	}, Metadata: map[string]any{}})
	return nil
}

// autoget is %autoget and %noautoget.
func (s *Session) autoget(_ context.Context, _ *plan, l magic.Line, _ []string) error {
	m, failed := s.moduleOr()
	if failed != nil {
		return failed
	}
	m.AutoGet = l.Name == "%autoget"
	return nil
}

// goworkfix is %goworkfix.
func (s *Session) goworkfix(ctx context.Context, _ *plan, _ magic.Line, _ []string) error {
	m, failed := s.moduleOr()
	if failed != nil {
		return failed
	}
	added, err := m.WorkFix(ctx)
	for _, a := range added {
		s.print("\t- Added replace rule for module %q to local directory %q.\n", a[0], a[1])
	}
	s.autoTrack()
	return err
}
