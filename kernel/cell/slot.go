package cell

// Slot returns the number under which the worker holds a variable of the live
// scope; ok is false for other names.
func (c *Compiler) Slot(name string) (slot int, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.live[name]
	if e == nil || e.kind != entryVar || e.slot == 0 {
		return 0, false
	}
	return e.slot, true
}
