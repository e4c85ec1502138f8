package plan

import "github.com/spikebook/spikebook/snn/model"

// spiking checks the operations on spikes.
func (c *checker) spiking(op Op) {
	switch op := op.(type) {
	case *Collect:
		c.label("collect", op.Label)
		if c.spikes("To", op.To) {
			c.buffer("Marks", op.Marks, Bool, op.To.N)
		}
	case *Stamp:
		c.label("stamp", op.Label)
		if !c.spikes("From", op.From) {
			return
		}
		c.delay(op.Delay, 1, op.From)
		c.buffer("Last", op.Last, I64, op.From.N)
		if op.Prev != -1 {
			c.buffer("Prev", op.Prev, I64, op.From.N)
		}
		for _, b := range []int{op.Prev, op.From.Count} {
			if op.Last == b {
				c.errorf("Last is buffer %d, which is Prev or the count of spikes too; want one of its own", op.Last)
			}
		}
		if op.Prev == op.From.Count {
			c.errorf("Prev is buffer %d, the count of spikes; want one of its own", op.Prev)
		}
	case *Deliver:
		c.label("deliver", op.Label)
		c.enabled(op.Enabled)
		l, ok := c.shape(op.Shape, "deliver", Dense, OneToOne, SparseRows, Generated, Convolution)
		if c.spikes("From", op.From) && ok {
			segments := 1
			if op.Shape.Kind == SparseRows {
				segments = op.Shape.Sparse.Segments
			}
			c.delay(op.Delay, segments, op.From)
			if op.From.N != l.pre {
				c.errorf("From has %d neurons, want the %d of Shape.Pre", op.From.N, l.pre)
			}
		}
		if ok {
			c.body(op.Body, op.Bind, l, onSpike)
			c.apart(op)
		}
	case *Column:
		c.label("column", op.Label)
		c.enabled(op.Enabled)
		l, ok := c.shape(op.Shape, "column", Dense, OneToOne, SparseRows)
		if ok && op.Shape.Kind == SparseRows {
			if r := op.Shape.Sparse; r.Sources < 0 || r.Columns < 0 || r.Slots < 0 {
				c.errorf("Sparse has no Sources, Columns or Slots, want all three for a column")
				ok = false
			}
		}
		if c.spikes("From", op.From) && ok {
			c.delay(op.Delay, 1, op.From)
			if op.From.N != l.post {
				c.errorf("From has %d neurons, want the %d of Shape.Post", op.From.N, l.post)
			}
		}
		if ok {
			c.body(op.Body, op.Bind, l, onSpike)
			c.apart(op)
		}
	case *Push:
		c.label("push", op.Label)
		switch {
		case op.Slots < 1:
			c.errorf("Slots is %d, want at least 1", op.Slots)
		case op.In < 0 || op.In >= len(c.p.Buffers):
			c.errorf("In is buffer %d, want 0 to %d", op.In, len(c.p.Buffers)-1)
		case op.In == op.Ring:
			c.errorf("In and Ring are one buffer, %s; want two", c.p.Buffers[op.In].Name)
		default:
			in := c.p.Buffers[op.In]
			c.buffer("Ring", op.Ring, in.Type, in.Len*op.Slots)
		}
	case *RecordSpikes:
		c.label("record spikes", op.Label)
		c.enabled(op.Enabled)
		c.spikes("From", op.From)
	}
}

// spikes checks a ring of lists.
func (c *checker) spikes(field string, s Spikes) bool {
	if s.N < 1 || s.Slots < 1 {
		c.errorf("%s has %d neurons and %d slots, want at least 1 of each", field, s.N, s.Slots)
		return false
	}
	list := c.buffer(field+".List", s.List, I32, s.N*s.Slots)
	return c.buffer(field+".Count", s.Count, I64, s.Slots) && list
}

// delay checks that a ring still has the lists of all delays of an operation.
func (c *checker) delay(d, segments int, s Spikes) {
	if d < 0 || d > s.Slots-segments {
		c.errorf("Delay is %d with %d segments, want 0 to %d: From keeps the spikes of %d steps", d, segments, s.Slots-segments, s.Slots)
	}
}

// apart checks that an operation does not write the connectivity or the spikes
// that it walks along.
func (c *checker) apart(op Op) {
	var s Shape
	var count int
	switch op := op.(type) {
	case *Deliver:
		s, count = op.Shape, op.From.Count
	case *Column:
		s, count = op.Shape, op.From.Count
	}
	for _, b := range Writes(op) {
		if b == count || s.Kind == SparseRows && (b == s.Sparse.Rows || b == s.Sparse.Columns) {
			c.errorf("Body writes %s, along which the operation goes; want a buffer of its own", c.p.Buffers[b].Name)
		}
	}
}

// repeat checks what a Map does several times in a step.
func (c *checker) repeat(m *Map) {
	if m.Repeat < 0 || m.Repeat > 1<<20 {
		c.errorf("Repeat is %d, want 0 to %d", m.Repeat, 1<<20)
	}
	if m.Repeat <= 1 {
		return
	}
	for _, a := range m.Body {
		if a.To == nil || a.To.Kind == model.Temp {
			continue
		}
		if o, ok := m.Bind[a.To]; ok && o.Index == Scalar {
			c.errorf("%s is one value for all and is assigned in a map with Repeat = %d, want a variable of each element", SymbolName(a.To), m.Repeat)
		}
	}
}
