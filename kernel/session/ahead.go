package session

import (
	"context"
	"time"

	"github.com/spikebook/spikebook/kernel/cell"
)

// aheadAfter is how long a cell runs before the next one is compiled beside it: a
// short one would only be slowed down.
const aheadAfter = 30 * time.Millisecond

// compileAhead lets the cell that waits behind a running one be compiled. The
// function it returns is called when the cell has ended: nothing is begun after
// that, and what was begun comes to its end by itself.
func (s *Session) compileAhead(ctx context.Context, p *plan, running *cell.Cell) (ended func()) {
	if p.coming == nil {
		return func() {}
	}
	timer := time.AfterFunc(aheadAfter, func() {
		next, ok := p.coming()
		if !ok {
			return
		}
		code, _, asks := cell.SplitQuestion(next.Code)
		if asks {
			return
		}
		s.compiler.Ahead(ctx, running, next.Count, next.CellID, code)
	})
	return func() { timer.Stop() }
}
