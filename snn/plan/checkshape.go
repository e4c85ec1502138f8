package plan

import (
	"math"
	"slices"
)

// lengths are those of buffers at each Index; pre and post are 0 for a Map.
type lengths struct {
	own, pre, post int
	pairs          bool // synapses of two neurons with numbers of their own
	unstored       bool // Generated: nothing is Own
}

// shape checks the connectivity of an operation that takes some kinds of it.
func (c *checker) shape(s Shape, what string, kinds ...ShapeKind) (lengths, bool) {
	before := len(c.errs)
	switch {
	case s.Kind > Convolution:
		c.errorf("Shape.Kind is %d, want Dense, OneToOne, SparseRows, Generated or Convolution", s.Kind)
	case !slices.Contains(kinds, s.Kind):
		c.errorf("Shape.Kind is %s, which a %s does not take; want one of %v", s.Kind, what, kinds)
	case s.Pre < 1 || s.Post < 1:
		c.errorf("Shape is %d × %d, want at least 1 × 1", s.Pre, s.Post)
	case s.Pre > math.MaxInt32 || s.Post > math.MaxInt32:
		if s.Kind == Dense && s.Pre > math.MaxInt/s.Post {
			c.errorf("Shape is %d × %d, which is more synapses than an int can count", s.Pre, s.Post)
		} else if s.Kind != Dense && s.Kind != OneToOne {
			c.errorf("Shape is %d × %d, want at most %d neurons on each side", s.Pre, s.Post, math.MaxInt32)
		}
	case s.Kind == OneToOne && s.Pre != s.Post:
		c.errorf("Shape is one-to-one of %d and %d neurons, want equal numbers", s.Pre, s.Post)
	case s.NoSelf && (s.Kind != Dense || s.Pre != s.Post):
		c.errorf("NoSelf with a shape of %s, %d × %d, want a dense square", s.Kind, s.Pre, s.Post)
	}
	if len(c.errs) > before {
		return lengths{}, false
	}
	switch s.Kind {
	case SparseRows:
		c.sparse(s)
	case Generated:
		c.procedural(s)
	case Convolution:
		c.conv(s)
	}
	if len(c.errs) > before {
		return lengths{}, false
	}
	return lengths{own: c.p.Stored(s), pre: s.Pre, post: s.Post, pairs: s.Kind != OneToOne, unstored: s.Kind == Generated}, true
}

func (c *checker) sparse(s Shape) {
	r := s.Sparse
	switch {
	case r == nil:
		c.errorf("Shape.Sparse is nil, want the buffers of the rows")
		return
	case r.Segments < 1 || r.Segments > math.MaxInt32:
		c.errorf("Sparse.Segments is %d, want at least 1", r.Segments)
		return
	}
	c.buffer("Sparse.Rows", r.Rows, I64, s.Pre*r.Segments+1)
	if !c.buffer("Sparse.Targets", r.Targets, I32, 0) {
		return
	}
	slots := c.p.Buffers[r.Targets].Len
	if r.Sources != -1 {
		c.buffer("Sparse.Sources", r.Sources, I32, slots)
	}
	if r.Columns != -1 {
		c.buffer("Sparse.Columns", r.Columns, I64, s.Post+1)
	}
	if r.Slots != -1 {
		c.buffer("Sparse.Slots", r.Slots, I32, slots)
		if slots > math.MaxInt32 {
			c.errorf("Sparse.Slots numbers %d synapses, want at most %d; leave out Columns and Slots", slots, math.MaxInt32)
		}
	}
	named := map[int]string{}
	for _, b := range []struct {
		name   string
		buffer int
	}{{"Rows", r.Rows}, {"Targets", r.Targets}, {"Sources", r.Sources}, {"Columns", r.Columns}, {"Slots", r.Slots}} {
		if other, ok := named[b.buffer]; ok && b.buffer >= 0 {
			c.errorf("Sparse.%s and Sparse.%s are one buffer, want two", other, b.name)
		}
		named[b.buffer] = b.name
	}
}

func (c *checker) procedural(s Shape) {
	g := s.Procedural
	switch {
	case g == nil:
		c.errorf("Shape.Procedural is nil, want the rule of the rows")
	case g.Rule != "probability" && g.Rule != "number":
		c.errorf("Procedural.Rule is %q, want probability or number", g.Rule)
	case g.Rule == "probability" && !(g.Probability >= 0 && g.Probability <= 1):
		c.errorf("Procedural.Probability is %v, want 0 to 1", g.Probability)
	case g.Rule == "number" && (g.Number < 0 || g.Number > math.MaxInt32):
		c.errorf("Procedural.Number is %d, want 0 to %d", g.Number, math.MaxInt32)
	case g.NoSelf && s.Pre != s.Post:
		c.errorf("Procedural.NoSelf with %d × %d neurons, want a square", s.Pre, s.Post)
	}
}

func (c *checker) conv(s Shape) {
	v := s.Conv
	if v == nil {
		c.errorf("Shape.Conv is nil, want the sizes of the pictures and of the kernel")
		return
	}
	for _, f := range []struct {
		name    string
		v, want int
	}{
		{"InHeight", v.InHeight, 1}, {"InWidth", v.InWidth, 1}, {"In", v.In, 1}, {"OutHeight", v.OutHeight, 1}, {"OutWidth", v.OutWidth, 1},
		{"Out", v.Out, 1}, {"KernelHeight", v.KernelHeight, 1}, {"KernelWidth", v.KernelWidth, 1}, {"StrideHeight", v.StrideHeight, 1},
		{"StrideWidth", v.StrideWidth, 1}, {"PadHeight", v.PadHeight, 0}, {"PadWidth", v.PadWidth, 0},
	} {
		if f.v < f.want || f.v > 1<<20 {
			c.errorf("Conv.%s is %d, want %d to %d", f.name, f.v, f.want, 1<<20)
			return
		}
	}
	if n := v.InHeight * v.InWidth * v.In; n != s.Pre {
		c.errorf("Conv reads %d × %d × %d = %d neurons, want Pre = %d", v.InHeight, v.InWidth, v.In, n, s.Pre)
	}
	if n := v.OutHeight * v.OutWidth * v.Out; n != s.Post {
		c.errorf("Conv makes %d × %d × %d = %d neurons, want Post = %d", v.OutHeight, v.OutWidth, v.Out, n, s.Post)
	}
	if n := float64(v.KernelHeight) * float64(v.KernelWidth) * float64(v.In) * float64(v.Out); n > math.MaxInt32 {
		c.errorf("Conv has a kernel of %.0f elements, want at most %d", n, math.MaxInt32)
	}
}
