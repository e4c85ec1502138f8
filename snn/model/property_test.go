package model

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// genExpr draws an expression in the symbols given, as the checker would make it.
func genExpr(t *rapid.T, syms []*Symbol, typ Type, depth int) Expr {
	pick := func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "choice") }
	if depth == 0 {
		if typ == Bool {
			return &Const{V: float64(pick(2)), T: Bool}
		}
		if pick(3) == 0 {
			return &Const{V: []float64{0, 1, 2, 0.5, 3.25, 1e-7, 12345678, 1e22}[pick(8)]}
		}
		return &Ref{syms[pick(len(syms))]}
	}
	sub := func(typ Type) Expr { return genExpr(t, syms, typ, rapid.IntRange(0, depth-1).Draw(t, "depth")) }
	if typ == Bool {
		switch pick(4) {
		case 0:
			return &Unary{Not, sub(Bool)}
		case 1:
			return &Binary{[]Op{And, Or}[pick(2)], sub(Bool), sub(Bool)}
		}
		return &Binary{Lt + Op(pick(6)), sub(Float), sub(Float)}
	}
	switch pick(8) {
	case 0:
		return &Unary{Neg, sub(Float)}
	case 1:
		return &Call{Pow, []Expr{sub(Float), sub(Float)}}
	case 2:
		return &Select{sub(Bool), sub(Float), sub(Float)}
	case 3:
		return &Call{Func(pick(int(Pow))), []Expr{sub(Float)}}
	case 4:
		return &Call{[]Func{Min, Max, Mod}[pick(3)], []Expr{sub(Float), sub(Float)}}
	case 5:
		return &Rand{Dist: NormalDist, Args: []Expr{sub(Float), sub(Float)}}
	}
	return &Binary{Add + Op(pick(4)), sub(Float), sub(Float)}
}

// structure writes a tree without relying on precedence.
func structure(e Expr) string {
	var parts []string
	for _, k := range children(e) {
		parts = append(parts, structure(k))
	}
	name := ""
	switch e := e.(type) {
	case *Const:
		return fmt.Sprintf("%v:%d", e.V, e.T)
	case *Ref:
		return symbolText(e.Sym)
	case *Unary:
		name = fmt.Sprintf("unary%d", e.Op)
	case *Binary:
		name = fmt.Sprintf("binary%d", e.Op)
	case *Call:
		name = fmt.Sprintf("call%d", e.Fn)
	case *Select:
		name = "select"
	case *Rand:
		name = fmt.Sprintf("rand%d", e.Dist)
	}
	return name + "(" + strings.Join(parts, " ") + ")"
}

// Precedence and grouping: what Text prints is read back as the same tree.
func TestPrintedExpressionsReadBack(t *testing.T) {
	syms := []*Symbol{
		{Name: "a", Kind: Param}, {Name: "w", Kind: Var, Locality: Local}, {Name: "r", Kind: PreVar, Locality: Local},
		{Name: "r", Kind: PostVar, Locality: PerPost}, {Name: "exc", Kind: PostSum, Locality: PerPost},
		{Name: "r", Kind: Reduced, Reduce: "mean", Of: PreVar}, {Name: "t", Kind: Time}, {Name: "dt", Kind: Dt},
	}
	rapid.Check(t, func(t *rapid.T) {
		e := genExpr(t, syms, Float, 5)
		text := Text(e)
		m, err := Parse(Source{Kind: Synapse, Equations: "x = " + text + " + 0*a", Params: map[string]float64{"a": 1}})
		if err != nil {
			t.Fatalf("%s does not read back:\n%v", text, err)
		}
		sum, ok := m.Equations[0].Right.(*Binary)
		if self := bindingOf(e); self < bindSum { // "+ 0*a" went into the last branch
			return
		} else if !ok {
			t.Fatalf("%s reads as %s", text, Text(m.Equations[0].Right))
		}
		if got, want := structure(sum.X), structure(e); got != want {
			t.Fatalf("%s\nreads as %s\nwant     %s", text, got, want)
		}
	})
}

func bindingOf(e Expr) int {
	switch e := e.(type) {
	case *Select:
		return bindCond
	case *Binary:
		self, _, _ := binding(e.Op)
		return self
	}
	return bindAtom
}

// genAffine draws text that is affine in x; p, q, s are parameters.
func genAffine(t *rapid.T, x string, depth int) string {
	free := func() string { return genFree(t, depth-1) }
	if depth <= 0 {
		return rapid.SampledFrom([]string{x, x, "p", "1.5", "s"}).Draw(t, "leaf")
	}
	sub := func() string { return genAffine(t, x, depth-1) }
	switch rapid.IntRange(0, 7).Draw(t, "form") {
	case 0:
		return sub() + " + " + sub()
	case 1:
		return sub() + " - (" + sub() + ")"
	case 2:
		return "(" + free() + ")*(" + sub() + ")"
	case 3:
		return "(" + sub() + ")*(" + free() + ")"
	case 4:
		return "(" + sub() + ")/(2 + (" + free() + ")^2)"
	case 5:
		return "-(" + sub() + ")"
	case 6:
		return "(if " + free() + " > 0: " + sub() + " else: " + sub() + ")"
	}
	return sub()
}

func genFree(t *rapid.T, depth int) string {
	if depth <= 0 {
		return rapid.SampledFrom([]string{"p", "q", "s", "0.7", "u"}).Draw(t, "free leaf")
	}
	a, b := genFree(t, depth-1), genFree(t, depth-1)
	return rapid.SampledFrom([]string{a, "(" + a + " + " + b + ")", "(" + a + "*" + b + ")", "cos(" + a + ")", "(" + a + " - " + b + ")", "ite(" + a + " < 1, " + b + ", 2)"}).Draw(t, "free form")
}

// The derivative that the split isolates satisfies the equation as written:
// L(D) = R(D) at D = f, for random equations affine in the derivative.
func TestIsolatedDerivativeSolvesEquation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := genAffine(t, "dr/dt", 3) + " = " + genAffine(t, "r", 3) + " + 0*(p + q + s + u) - 3*dr/dt"
		m, err := Parse(Source{Equations: text + "\nu = 0.3", Params: map[string]float64{"p": 0.3, "q": -1.2, "s": 2.1}})
		if err != nil {
			if strings.Contains(err.Error(), "cancels out") {
				return
			}
			t.Fatalf("%s:\n%v", text, err)
		}
		q := m.Equations[0]
		values := map[string]float64{"p": 0.3, "q": -1.2, "s": 2.1, "r": 0.45, "u": 0.8}
		lookup := func(s *Symbol) float64 { return values[s.Name] }
		f := Eval(q.F, lookup)
		values["dr/dt"] = f
		l, r := Eval(q.Left, lookup), Eval(q.Right, lookup)
		// The difference is affine in D; its slope by numbers tells how well f is determined.
		at := func(d float64) float64 {
			values["dr/dt"] = d
			return Eval(q.Left, lookup) - Eval(q.Right, lookup)
		}
		slope := at(1) - at(0)
		if math.Abs(slope) < 1e-6 || !finite(f) {
			return
		}
		if numeric := -at(0) / slope; math.Abs(numeric-f) > 1e-9*math.Max(1, math.Abs(f)) || math.Abs(l-r) > 1e-9*math.Max(1, math.Abs(l)+math.Abs(at(0))) {
			t.Fatalf("%s\nf = %s = %v, by numbers %v; left %v, right %v", text, Text(q.F), f, numeric, l, r)
		}
	})
}

// The coefficient used by the exponential method is ∂f/∂x, told by x' itself:
// x' = x + dt·exprel(dt·A)·f with A from a numeric derivative.
func TestExponentialUsesDerivative(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := "2*dr/dt = " + genAffine(t, "r", 4) + " + 0*(p + q + s + u)"
		m, err := Parse(Source{Equations: text + " : exponential\nu = 0.3", Params: map[string]float64{"p": 0.3, "q": -1.2, "s": 2.1}})
		if err != nil {
			t.Fatalf("%s:\n%v", text, err)
		}
		k := newMachine(m, 0.1)
		k.set("r", 0.45)
		k.set("u", 0.8)
		f := func(r float64) float64 {
			return Eval(m.Equations[0].F, func(s *Symbol) float64 {
				if s.Name == "r" {
					return r
				}
				return k.lookup(s)
			})
		}
		f0, a := f(0.45), f(1.45)-f(0.45)
		k.step()
		want := 0.45 + 0.1*evalCall(Exprel, []float64{0.1 * a})*f0
		if got := k.get("r"); finite(want) && math.Abs(got-want) > 1e-9*math.Max(1, math.Abs(want)+math.Abs(0.1*f0)) {
			t.Fatalf("%s: r' = %v, want %v (A = %v)", text, got, want, a)
		}
	})
}

// plain runs the statements of a synapse as they are written, without
// temporaries, reordering or sharing: the meaning that Step must keep.
func plain(m *Model, values map[*Symbol]float64, dt float64) {
	lookup := func(s *Symbol) float64 {
		if s.Kind == Dt {
			return dt
		}
		return values[s]
	}
	store := func(q Equation, v float64) {
		values[q.Var] = v
		for _, o := range m.Equations {
			if o.Var == q.Var && o.Min != nil {
				if low := Eval(o.Min, lookup); values[q.Var] < low {
					values[q.Var] = low
				}
			}
			if o.Var == q.Var && o.Max != nil {
				if high := Eval(o.Max, lookup); values[q.Var] > high {
					values[q.Var] = high
				}
			}
			if o.Var == q.Var {
				break
			}
		}
	}
	for i := 0; i < len(m.Equations); {
		if !m.Equations[i].ODE {
			store(m.Equations[i], Eval(m.Equations[i].Right, lookup))
			i++
			continue
		}
		j := i
		var next []float64
		for ; j < len(m.Equations) && m.Equations[j].ODE; j++ {
			q := m.Equations[j]
			next = append(next, values[q.Var]+dt*Eval(q.F, lookup))
		}
		for n, v := range next {
			store(m.Equations[i+n], v)
		}
		i = j
	}
}

// Random synapses with all localities: Step equals the statements run as written.
func TestStepEqualsStatements(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := []string{"g1", "g2", "s1", "s2", "l1", "l2", "w"}
		leaves := [...][]string{
			Global:  {"g1", "g2", "p", "dt", "0.5", "mean(pre.r)"},
			PerPost: {"g1", "g2", "p", "s1", "s2", "post.r", "post.sum(exc)"},
			Local:   {"g1", "g2", "p", "s1", "s2", "l1", "l2", "w", "pre.r", "post.r", "2"},
		}
		locality := func(n string) Locality {
			switch n[0] {
			case 'g':
				return Global
			case 's':
				return PerPost
			}
			return Local
		}
		var term func(loc Locality, depth int) string
		term = func(loc Locality, depth int) string {
			if depth == 0 {
				return rapid.SampledFrom(leaves[loc]).Draw(t, "leaf")
			}
			a, b := term(loc, depth-1), term(loc, depth-1)
			return rapid.SampledFrom([]string{
				a, "(" + a + " + " + b + ")", "(" + a + " - " + b + ")", a + "*" + b, "(" + a + ")^2", "(" + a + ")^3",
				"ite(" + a + " < " + b + ", " + b + ", " + a + ")", "-(" + a + ")", "sin(" + a + ")", "max(" + a + ", " + b + ")",
			}).Draw(t, "term")
		}
		var lines []string
		order := rapid.Permutation(names).Draw(t, "order")
		for _, n := range order {
			loc := locality(n)
			flags := [...]string{Global: "shared", PerPost: "per post", Local: "local"}[loc]
			if rapid.Bool().Draw(t, "bounded") {
				flags += ", min=-1, max=" + term(loc, 0)
			}
			switch rapid.IntRange(0, 2).Draw(t, "kind") {
			case 0:
				lines = append(lines, fmt.Sprintf("p*d%s/dt + %s = %s : %s", n, n, term(loc, 2), flags))
			case 1:
				lines = append(lines, fmt.Sprintf("%s = %s : %s", n, term(loc, 2), flags))
			case 2:
				lines = append(lines, fmt.Sprintf("%s += %s : %s", n, term(loc, 1), flags), fmt.Sprintf("%s -= 0.25*%s", n, term(loc, 1)))
			}
		}
		text := strings.Join(append(lines, "z = p + g1 + pre.r + post.r + post.sum(exc) + mean(pre.r)"), "\n")
		m, err := Parse(Source{Kind: Synapse, Equations: text, Params: map[string]float64{"p": 3}})
		if err != nil {
			t.Fatalf("%s\n%v", text, err)
		}
		k := newMachine(m, 0.5)
		want := map[*Symbol]float64{}
		for i, s := range m.Symbols {
			if s.Kind != Param {
				k.values[s] = math.Sin(float64(3*i + 1))
			}
			want[s] = k.values[s]
		}
		for range 3 {
			plain(m, want, 0.5)
			k.step()
			for _, s := range m.Symbols {
				// dt·(num/den) and (dt/den)·num differ by rounding, which comparisons may amplify to a
				// jump only between equal values; 1e-9 is far above the one, far below the other.
				if got := k.values[s]; s.Kind == Var && math.Abs(got-want[s]) > 1e-9*math.Max(1, math.Abs(want[s])) {
					t.Fatalf("%s\n\n%v\n%s = %v, want %v", text, m, s.Name, got, want[s])
				}
				if s.Kind == Var {
					k.values[s] = want[s]
				}
			}
		}
		// Order of localities, and no read of a temporary before it is written.
		known := map[*Symbol]bool{}
		last := Global
		for _, a := range m.Step {
			if a.To.Locality < last || a.X.Locality() > a.To.Locality || a.X.Type() != a.To.Type {
				t.Fatalf("%s\n\n%v\nstatement %s is out of order or ill typed", text, m, a.To.Name)
			}
			last = a.To.Locality
			var walk func(Expr)
			walk = func(e Expr) {
				if r, ok := e.(*Ref); ok && r.Sym.Kind == Temp && !known[r.Sym] {
					t.Fatalf("%s\n\n%v\n%s is read before it is written", text, m, r.Sym.Name)
				}
				for _, c := range children(e) {
					walk(c)
				}
			}
			walk(a.X)
			known[a.To] = true
		}
	})
}
