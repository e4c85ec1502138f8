package cell

// Assume makes all that a cell declares visible to later cells, as if it had been
// loaded and had run to its end. A notebook is understood so without running it.
func (c *Compiler) Assume(built *Cell) {
	c.Commit(built)
	if built == nil || built.record == nil {
		return
	}
	var slots []int
	for _, v := range built.record.vars {
		slots = append(slots, v.entry.slot)
	}
	c.Defined(built, slots)
}
