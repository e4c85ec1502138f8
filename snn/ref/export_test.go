package ref

// SetBlock changes the length of blocks for programs compiled from now on, and
// returns what undoes it.
func SetBlock(n int) (undo func()) {
	old := block
	block = n
	return func() { block = old }
}
