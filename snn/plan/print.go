package plan

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spikebook/spikebook/snn/model"
)

func (t Type) String() string {
	if int(t) < 5 {
		return [...]string{"float64", "float32", "int64", "bool", "int32"}[t]
	}
	return "Type(" + strconv.Itoa(int(t)) + ")"
}

func (x Index) String() string {
	if int(x) < 4 {
		return [...]string{"Scalar", "Own", "Pre", "Post"}[x]
	}
	return "Index(" + strconv.Itoa(int(x)) + ")"
}

func (k ShapeKind) String() string {
	if int(k) < 5 {
		return [...]string{"Dense", "OneToOne", "SparseRows", "Generated", "Convolution"}[k]
	}
	return "ShapeKind(" + strconv.Itoa(int(k)) + ")"
}

func (s Shape) String() string {
	size := fmt.Sprintf("%d × %d", s.Pre, s.Post)
	switch {
	case s.Kind == OneToOne:
		return fmt.Sprintf("%d one-to-one", s.Pre)
	case s.Kind == SparseRows:
		return size + " sparse"
	case s.Kind == Generated && s.Procedural != nil:
		return size + " " + s.Procedural.String()
	case s.Kind == Convolution && s.Conv != nil:
		return size + " " + s.Conv.String()
	case s.NoSelf:
		return size + " without self-connections"
	}
	return size
}

func (p *Procedural) String() string {
	s := fmt.Sprintf("drawn anew, %d for every i", p.Number)
	if p.Rule == "probability" {
		s = fmt.Sprintf("drawn anew with probability %v", p.Probability)
	}
	if p.NoSelf {
		s += ", without self-connections"
	}
	return s
}

func (c *Conv) String() string {
	return fmt.Sprintf("convolution of %d × %d × %d with a kernel of %d × %d, stride %d × %d, padding %d × %d, to %d × %d × %d",
		c.InHeight, c.InWidth, c.In, c.KernelHeight, c.KernelWidth, c.StrideHeight, c.StrideWidth, c.PadHeight, c.PadWidth,
		c.OutHeight, c.OutWidth, c.Out)
}

// String prints a program as pseudo-code: the buffers, and what one step does,
// in order.
func (p *Program) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "program %s: dt = %v ms, %s, seed %d\n", p.Name, p.Dt, p.Float, p.Seed)
	width := 0
	for _, f := range p.Buffers {
		width = max(width, len([]rune(f.Name)))
	}
	b.WriteString("\nbuffers\n")
	for _, f := range p.Buffers {
		fmt.Fprintf(&b, "  %s%s  %s[%d]\n", f.Name, strings.Repeat(" ", width-len([]rune(f.Name))), f.Type, f.Len)
	}
	b.WriteString("\nevery step\n")
	for i, op := range p.Ops {
		fmt.Fprintf(&b, "%3d. %s", i+1, p.opString(op))
	}
	return b.String()
}

func (p *Program) opString(op Op) string {
	var b strings.Builder
	switch op := op.(type) {
	case *Map:
		times := ""
		if op.Repeat > 1 {
			times = fmt.Sprintf(", %d times with dt / %d", op.Repeat, op.Repeat)
		}
		fmt.Fprintf(&b, "map %s: for every element i of %d%s\n", op.Label, op.N, times)
		p.bodyString(&b, op.Body, op.Bind, true, false)
	case *Sweep:
		fmt.Fprintf(&b, "sweep %s: for every synapse (i, j) of %s%s\n", op.Label, op.Shape, p.when(op.Every, op.Offset, op.Enabled))
		p.bodyString(&b, op.Body, op.Bind, false, op.Shape.Kind == OneToOne)
	case *MatVec:
		n := names{p: p, bind: op.Bind, one: op.Shape.Kind == OneToOne}
		term := "nothing"
		if op.Term != nil {
			term = n.expr(op.Term, 0)
		}
		assign, index, sum := "+=", "j", "Σ_i"
		if op.Zero {
			assign = "="
		}
		if op.Operation != "" && op.Operation != "sum" {
			sum = op.Operation + "_i"
		}
		if n.one {
			index, sum = "i", ""
		} else {
			sum += " "
		}
		fmt.Fprintf(&b, "sum %s: %s\n       %s[%s] %s %s%s\n", op.Label, op.Shape, p.bufferName(op.Out), index, assign, sum, term)
	case *Reduce:
		fmt.Fprintf(&b, "reduce %s\n       %s = %s(%s)\n", op.Label, p.bufferName(op.Out), op.Operation, p.bufferName(op.In))
	case *Record:
		fmt.Fprintf(&b, "record %s: append %s%s\n", op.Label, p.bufferName(op.Buffer), p.when(op.Every, op.Offset, op.Enabled))
	case *Collect:
		fmt.Fprintf(&b, "collect %s: the neurons that fire in this step\n       %s = every i with %s[i]\n", op.Label, p.bufferName(op.To.List), p.bufferName(op.Marks))
	case *Stamp:
		fmt.Fprintf(&b, "stamp %s: for every i in %s%s\n", op.Label, p.bufferName(op.From.List), ago(op.Delay, 1))
		if op.Prev >= 0 {
			fmt.Fprintf(&b, "       %s[i] = %s[i]\n", p.bufferName(op.Prev), p.bufferName(op.Last))
		}
		fmt.Fprintf(&b, "       %s[i] = step\n", p.bufferName(op.Last))
	case *Deliver:
		segments, synapse := 1, "every synapse (i, j)"
		if op.Shape.Kind == SparseRows && op.Shape.Sparse != nil && op.Shape.Sparse.Segments > 1 {
			segments = op.Shape.Sparse.Segments
			synapse += " of segment k"
		}
		p.spikesString(&b, "deliver "+op.Label, "i", synapse, op.From, ago(op.Delay, segments), op.Shape, op.Enabled)
		p.bodyString(&b, op.Body, op.Bind, false, op.Shape.Kind == OneToOne)
	case *Column:
		p.spikesString(&b, "column "+op.Label, "j", "every synapse (i, j)", op.From, ago(op.Delay, 1), op.Shape, op.Enabled)
		p.bodyString(&b, op.Body, op.Bind, false, op.Shape.Kind == OneToOne)
	case *Push:
		fmt.Fprintf(&b, "push %s: keep the values of this step for %d steps\n       %s[step] = %s\n", op.Label, op.Slots, p.bufferName(op.Ring), p.bufferName(op.In))
	case *RecordSpikes:
		fmt.Fprintf(&b, "record spikes %s: append %s%s\n", op.Label, p.bufferName(op.From.List), p.when(1, 0, op.Enabled))
	default:
		fmt.Fprintf(&b, "%T\n", op)
	}
	return b.String()
}

// spikesString is the head of a Deliver or Column.
func (p *Program) spikesString(b *strings.Builder, head, index, synapse string, from Spikes, ago string, s Shape, enabled int) {
	if s.Kind == OneToOne {
		index, synapse = "i", "its synapse"
	}
	fmt.Fprintf(b, "%s: for every %s in %s%s, %s of %s%s\n", head, index, p.bufferName(from.List), ago, synapse, s, p.when(1, 0, enabled))
}

// ago says of which step a list of spikes is.
func ago(delay, segments int) string {
	switch {
	case segments > 1:
		return fmt.Sprintf(" of step − %d − k, for k from 0 to %d", delay, segments-1)
	case delay == 0:
		return " of this step"
	}
	return fmt.Sprintf(" of step − %d", delay)
}

func (p *Program) when(every, offset int64, enabled int) string {
	s := ""
	switch {
	case every == 1:
	case offset == 0:
		s = fmt.Sprintf(", every %d steps", every)
	default:
		s = fmt.Sprintf(", every %d steps from step %d on", every, offset)
	}
	if enabled >= 0 {
		s += ", if " + p.bufferName(enabled)
	}
	return s
}

func (p *Program) bufferName(b int) string {
	if b < 0 || b >= len(p.Buffers) {
		return fmt.Sprintf("buffer %d", b)
	}
	return p.Buffers[b].Name
}

func (p *Program) bodyString(b *strings.Builder, body []model.Assign, bind Bind, element, one bool) {
	n := names{p: p, bind: bind, one: element || one}
	for _, a := range body {
		if a.To == nil || a.X == nil {
			continue
		}
		to, assign := n.symbol(a.To), "="
		if a.To.Kind == model.Emit {
			assign = "+="
			if a.Delay != nil {
				to = strings.Replace(to, "[step]", "[step + "+n.expr(a.Delay, 7)+"]", 1)
			}
		}
		fmt.Fprintf(b, "       %s %s %s\n", to, assign, n.expr(a.X, 0))
	}
}

// names prints symbols as the buffers they stand for.
type names struct {
	p    *Program
	bind Bind
	one  bool // one index instead of two
}

func (n names) symbol(s *model.Symbol) string {
	if s == nil {
		return "?"
	}
	switch s.Kind {
	case model.Temp:
		return s.Name
	case model.Time:
		return "t"
	case model.Dt:
		return "dt"
	case model.StepNow:
		return "step"
	case model.Element:
		if s.Of == model.PostVar && !n.one {
			return "j"
		}
		return "i"
	}
	o, ok := n.bind[s]
	if !ok {
		return SymbolName(s)
	}
	name := n.p.bufferName(o.Buffer)
	switch {
	case o.Slots > 0 && o.Lag > 0:
		name += fmt.Sprintf("[step-%d]", o.Lag)
	case o.Slots > 0:
		name += "[step]"
	}
	switch {
	case o.Index == Scalar:
		return name
	case n.one:
		return name + "[i]"
	case o.Index == Own:
		return name + "[i,j]"
	case o.Index == Pre:
		return name + "[i]"
	}
	return name + "[j]"
}

var opNames = [...]string{
	model.Neg: "-", model.Not: "not", model.Add: "+", model.Sub: "-", model.Mul: "*", model.Div: "/",
	model.Lt: "<", model.Le: "<=", model.Gt: ">", model.Ge: ">=", model.Eq: "==", model.Ne: "!=", model.And: "and", model.Or: "or",
}

func opName(o model.Op) string {
	if int(o) < len(opNames) {
		return opNames[o]
	}
	return "Op(" + strconv.Itoa(int(o)) + ")"
}

// Binding strengths, weakest first: select, or, and, not, comparison, sum,
// product, sign.
func strength(o model.Op) int {
	switch o {
	case model.Or:
		return 2
	case model.And:
		return 3
	case model.Not:
		return 4
	case model.Add, model.Sub:
		return 6
	case model.Mul, model.Div:
		return 7
	case model.Neg:
		return 8
	}
	return 5
}

// expr prints e, in parentheses if it binds more weakly than min.
func (n names) expr(e model.Expr, min int) string {
	paren := func(s string, own int) string {
		if own < min {
			return "(" + s + ")"
		}
		return s
	}
	switch e := e.(type) {
	case *model.Const:
		if e.T == model.Bool {
			return strconv.FormatBool(e.V != 0)
		}
		return paren(strconv.FormatFloat(e.V, 'g', -1, 64), map[bool]int{true: 6, false: 9}[e.V < 0])
	case *model.Ref:
		return n.symbol(e.Sym)
	case *model.Unary:
		s := strength(e.Op)
		if e.Op == model.Not {
			return paren("not "+n.expr(e.X, s), s)
		}
		return paren(opName(e.Op)+n.expr(e.X, s), s)
	case *model.Binary:
		s := strength(e.Op)
		return paren(n.expr(e.X, s)+" "+opName(e.Op)+" "+n.expr(e.Y, s+1), s)
	case *model.Select:
		return paren(n.expr(e.Cond, 2)+" ? "+n.expr(e.Then, 2)+" : "+n.expr(e.Else, 1), 1)
	case *model.Call:
		return FuncName(e.Fn) + n.args(e.Args)
	case *model.Rand:
		name := DistName(e.Dist)
		if e.Fixed {
			name = "fixed " + name
		}
		return name + n.args(e.Args)
	}
	return fmt.Sprintf("%T", e)
}

func (n names) args(args []model.Expr) string {
	s := make([]string, len(args))
	for i, a := range args {
		s[i] = n.expr(a, 0)
	}
	return "(" + strings.Join(s, ", ") + ")"
}

// SymbolName is a symbol as a model writes it.
func SymbolName(s *model.Symbol) string {
	switch s.Kind {
	case model.PreVar:
		return "pre." + s.Name
	case model.PostVar:
		return "post." + s.Name
	case model.Input:
		return "sum(" + s.Name + ")"
	case model.PreSum:
		return "pre.sum(" + s.Name + ")"
	case model.PostSum:
		return "post.sum(" + s.Name + ")"
	case model.Reduced:
		return s.Reduce + "(" + map[model.SymbolKind]string{model.PreVar: "pre.", model.PostVar: "post."}[s.Of] + s.Name + ")"
	case model.Time:
		return "t"
	case model.Dt:
		return "dt"
	case model.StepNow:
		return "step"
	case model.Emit, model.LastSpike, model.Size:
		return map[model.SymbolKind]string{model.PreVar: "pre.", model.PostVar: "post."}[s.Of] + s.Name
	case model.Element:
		return map[model.SymbolKind]string{model.PreVar: "pre.", model.PostVar: "post."}[s.Of] + "index"
	}
	return s.Name
}

var funcNames = [...]string{
	model.Exp: "exp", model.Expm1: "expm1", model.Log: "log", model.Log1p: "log1p", model.Log10: "log10", model.Sqrt: "sqrt",
	model.Sin: "sin", model.Cos: "cos", model.Tan: "tan", model.Asin: "asin", model.Acos: "acos", model.Atan: "atan",
	model.Sinh: "sinh", model.Cosh: "cosh", model.Tanh: "tanh", model.Pow: "pow", model.Abs: "abs", model.Floor: "floor",
	model.Ceil: "ceil", model.Round: "round", model.Sign: "sign", model.Min: "min", model.Max: "max", model.Mod: "mod",
	model.Exprel: "exprel", model.IsNaN: "isnan", model.IsFinite: "isfinite", model.ToFloat: "float", model.ToInt: "int", model.Past: "past",
}

// FuncName is a function as a model writes it.
func FuncName(f model.Func) string {
	if int(f) < len(funcNames) {
		return funcNames[f]
	}
	return "Func(" + strconv.Itoa(int(f)) + ")"
}

// DistName is a distribution as a model writes it.
func DistName(d model.Dist) string {
	if int(d) < 6 {
		return [...]string{"Uniform", "Normal", "Exponential", "LogNormal", "Poisson", "Bernoulli"}[d]
	}
	return "Dist(" + strconv.Itoa(int(d)) + ")"
}

func typeName(t model.Type) string {
	if int(t) < 3 {
		return [...]string{"float", "int", "bool"}[t]
	}
	return "Type(" + strconv.Itoa(int(t)) + ")"
}
