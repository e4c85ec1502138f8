package session

import (
	"context"
	"slices"
	"time"

	"github.com/spikebook/spikebook/kernel/cell"
	"github.com/spikebook/spikebook/kernel/gonb"
	"github.com/spikebook/spikebook/kernel/magic"
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
	memory := s.commands.memory // as it is before the running cell adds to it
	timer := time.AfterFunc(aheadAfter, func() {
		next, ok := p.coming()
		if !ok {
			return
		}
		if text, ok := aheadText(next.Code, memory); ok {
			s.compiler.Ahead(ctx, running, next.Count, next.CellID, text)
		}
	})
	return func() { timer.Stop() }
}

// aheadLines are the special lines that change neither what the Go code behind them
// means nor how it is compiled. What a shell command does nobody knows.
var aheadLines = []string{
	"%help", "%version", "%%", "%main", "%args", "%exec", "%time", "%timing", "%pprof", "%memory", "%jobs", "%kill",
	"%vars", "%list", "%ls", "%save", "%capture", "%widgets", "%widgets_hb",
}

// aheadText is the Go text of a cell that waits, as prepare will make it; ok is
// false if that is not known before its special lines are carried out.
func aheadText(code string, memory gonb.Memory) (text string, ok bool) {
	code, _, asks := cell.SplitQuestion(code)
	script := magic.Split(code)
	if asks || slices.ContainsFunc(script.Lines, func(l magic.Line) bool {
		return l.Fault != nil || !slices.Contains(aheadLines, l.Name)
	}) {
		return "", false
	}
	p := &plan{text: script.Go}
	if p.wrap(script.Lines) != nil {
		return "", false
	}
	p.callInits(memory)
	return p.text, !p.empty()
}
