package model

import (
	"slices"
	"strconv"
)

// schedule writes values as straight-line assignments with temporaries for
// what several expressions use: Global assignments first, then those per
// postsynaptic neuron, then the others. flat makes all temporaries Local.
func (s *spiking) schedule(values []Assign, flat bool) []Assign {
	saved := map[*Symbol]bool{} // variables whose old value is read after the new one is stored
	for {
		b := bodyWriter{g: s.g, flat: flat, uses: map[Expr]int{}, holder: map[Expr]*Symbol{}}
		out := b.write(values, saved)
		late := s.g.readLate(out, saved)
		if len(late) == 0 {
			for _, a := range out {
				if a.To.Kind == Temp && !s.locals[a.To] {
					s.temps++
					a.To.Name = "_" + strconv.Itoa(s.temps)
				}
			}
			return out
		}
		for v := range late {
			saved[v] = true
		}
	}
}

type bodyWriter struct {
	g      *graph
	flat   bool
	uses   map[Expr]int
	holder map[Expr]*Symbol
	out    []Assign
}

func (b *bodyWriter) write(values []Assign, saved map[*Symbol]bool) []Assign {
	for _, a := range values {
		b.count(a.X)
		if a.Delay != nil {
			b.count(a.Delay)
		}
	}
	for _, a := range values {
		if v := a.To; saved[v] {
			r := b.g.ref(v)
			to := &Symbol{Kind: Temp, Type: v.Type, Locality: b.locality(v.Locality)}
			b.out = append(b.out, Assign{To: to, X: &Ref{v}})
			b.holder[r] = to
		}
	}
	for _, a := range values {
		x := Assign{To: a.To}
		if a.Delay != nil {
			x.Delay = b.operand(a.Delay)
		}
		if a.To.Kind == Temp && b.holder[a.X] == nil && !isLeaf(a.X) {
			x.X = b.tree(a.X)
			b.holder[a.X] = a.To
		} else {
			x.X = b.operand(a.X)
		}
		b.out = append(b.out, x)
	}
	slices.SortStableFunc(b.out, func(x, y Assign) int { return b.rank(x.To.Locality) - b.rank(y.To.Locality) })
	return b.out
}

// locality of a temporary for values of locality l.
func (b *bodyWriter) locality(l Locality) Locality {
	if b.flat {
		return Local
	}
	return min(l, Local)
}

// rank is the place of a locality in a body. In a flat one, all but global
// values belong to the neuron at hand and keep their order.
func (b *bodyWriter) rank(l Locality) int {
	if b.flat {
		return int(min(l, PerPost))
	}
	return int(min(l, Local))
}

func (b *bodyWriter) count(e Expr) {
	b.uses[e]++
	if b.uses[e] > 1 {
		return
	}
	for _, k := range children(e) {
		b.count(k)
	}
}

// operand is e from leaves and temporaries. Draws and what is used twice have
// a temporary.
func (b *bodyWriter) operand(e Expr) Expr {
	if s := b.holder[e]; s != nil {
		return &Ref{s}
	}
	if isLeaf(e) {
		return e
	}
	_, draw := e.(*Rand)
	if draw || b.uses[e] > 1 {
		x := b.tree(e)
		to := &Symbol{Kind: Temp, Type: e.Type(), Locality: b.locality(b.g.locality(e))}
		b.out = append(b.out, Assign{To: to, X: x})
		b.holder[e] = to
		return &Ref{to}
	}
	return b.tree(e)
}

func (b *bodyWriter) tree(e Expr) Expr {
	list := func(in []Expr) []Expr {
		args := make([]Expr, len(in))
		for i, a := range in {
			args[i] = b.operand(a)
		}
		return args
	}
	switch e := e.(type) {
	case *Unary:
		return &Unary{e.Op, b.operand(e.X)}
	case *Binary:
		x := b.operand(e.X)
		return &Binary{e.Op, x, b.operand(e.Y)}
	case *Call:
		return &Call{e.Fn, list(e.Args)}
	case *Select:
		c := b.operand(e.Cond)
		x := b.operand(e.Then)
		return &Select{c, x, b.operand(e.Else)}
	case *Rand:
		return &Rand{e.Dist, list(e.Args), e.Stream, e.Fixed}
	}
	return e
}
