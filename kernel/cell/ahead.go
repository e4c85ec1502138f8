package cell

import (
	"context"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
)

// Ahead builds the cell that comes after one that is running, as if the running
// one had come to its end. When it is built in earnest with the same count and
// text, and its outside names mean the same, Build takes what is ready. Nothing
// else changes, and mistakes are left to Build: what the cell says may become right
// by then.
//
// code is what Build will be given. No other build can be done meanwhile; ctx ends
// this one.
func (c *Compiler) Ahead(ctx context.Context, running *Cell, count int, cellID, code string) {
	if running == nil || running.record == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead = nil
	live, imports, failed := maps.Clone(c.live), maps.Clone(c.imports), maps.Clone(c.failed)
	gone, stayed := maps.Clone(c.gone), maps.Clone(c.stayed)
	lost, unreached := maps.Clone(c.lost), maps.Clone(c.unreached)
	byFile, byPackage := maps.Clone(c.byFile), maps.Clone(c.byPackage)
	older := map[*entry][]identity{}
	ready := false
	defer func() {
		if p := recover(); p != nil {
			c.trace("ahead", string(debug.Stack()))
		}
		for e, list := range older {
			e.older = list
		}
		c.live, c.imports, c.failed, c.gone, c.stayed, c.lost, c.unreached = live, imports, failed, gone, stayed, lost, unreached
		if !ready {
			c.byFile, c.byPackage = byFile, byPackage
		}
	}()
	for _, v := range running.record.vars {
		if _, noted := older[v.entry]; !noted {
			older[v.entry] = v.entry.older
		}
		c.enter(v.name, v.entry)
	}
	built, err := c.build(ctx, count, cellID, code)
	if err == nil && built != nil && !built.Unchanged && !built.Empty && built.Plugin != nil {
		c.ahead, ready = built, true
		c.trace("ahead", built.Plugin.File)
	}
}

// takeAhead returns the cell that was built ahead, if it is this one.
func (c *Compiler) takeAhead(count int, code string, uses []string) *Cell {
	a := c.ahead
	c.ahead = nil
	if a == nil {
		return nil
	}
	r := a.record
	if a.text == code && r.count == count && r.forgotten == c.forgotten && slices.Equal(r.uses, uses) &&
		!slices.ContainsFunc(r.slots, func(slot int) bool { return c.dropped[slot] }) {
		return a
	}
	delete(c.byFile, r.file)
	delete(c.byPackage, r.pkg)
	c.cleanFiles(strings.TrimSuffix(a.Plugin.File, ".so"))
	return nil
}
