package ref

import "github.com/spikebook/spikebook/snn/plan"

// SetBlock changes the length of blocks for programs compiled from now on, and
// returns what undoes it.
func SetBlock(n int) (undo func()) {
	old := block
	block = n
	return func() { block = old }
}

// SetWorthwhile changes how much work is shared between cores, for all programs,
// and returns what undoes it.
func SetWorthwhile(n int) (undo func()) {
	old := worthwhile
	worthwhile = n
	return func() { worthwhile = old }
}

// Helped counts the helpers that a compiled program has had so far, at most at a
// time.
func Helped(x plan.Executor) (n int) {
	for _, op := range x.(*executor[float32]).ops {
		if m, ok := op.(*mapOp[float32]); ok {
			n = max(n, len(m.forks))
		}
	}
	return n
}
