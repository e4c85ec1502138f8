package cc

import (
	"fmt"
	"strconv"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/ir"
	"github.com/spikebook/spikebook/snn/rng"
)

// scope says how values are written at one place of the source.
type scope struct {
	*emitter
	k       *ir.Kernel
	object  uint32
	dt      string
	indent  string
	element [4]string // index of a value of each level, as an expression
	own     string    // index of Own operands
	array   []string  // per value: its array over postsynaptic neurons, or ""
	known   []string  // per value: how it is read here, when not v<N>
}

// elements emits a loop over elements; mv is nil or the one-to-one MatVec.
func (e *emitter) elements(k *ir.Kernel, n int, object uint32, dt float64, mv *plan.MatVec) {
	out := -1
	if mv != nil {
		out = mv.Out
	}
	e.pointers(k, out)
	s := e.scope(k, object, dt)
	s.element = [4]string{"0", "", "", "x"}
	s.own = "x"
	s.values(ir.None, "\t")
	s.stores(ir.None, "\t")
	e.linef("\tconst int64_t n = %s;\n\tfor (int64_t x = 0; x < n; x++) {", e.size(int64(n)))
	s.values(ir.Both, "\t\t")
	s.stores(ir.Both, "\t\t")
	if mv != nil {
		e.finish(mv, s.read(k.Result), "x", "\t\t", "1")
	}
	e.linef("\t}")
}

func (e *emitter) scope(k *ir.Kernel, object uint32, dt float64) *scope {
	s := &scope{emitter: e, k: k, object: object, array: make([]string, len(k.Values)), known: make([]string, len(k.Values))}
	for _, v := range k.Values {
		if v.Op == ir.Dt {
			s.dt = e.dt(dt)
			break
		}
	}
	return s
}

// dense emits the loops over a dense projection: values of level Post once,
// into arrays, then row by row; mv is nil for a sweep.
func (e *emitter) dense(k *ir.Kernel, shape plan.Shape, object uint32, dt float64, mv *plan.MatVec) {
	out := -1
	if mv != nil {
		out = mv.Out
	}
	e.pointers(k, out)
	s := e.scope(k, object, dt)
	s.element = [4]string{"0", "i", "j", "at + j"}
	e.linef("\tconst int64_t pre = %s, post = %s;", e.size(int64(shape.Pre)), e.size(int64(shape.Post)))
	s.values(ir.None, "\t")
	s.stores(ir.None, "\t")
	s.columns(shape.Post)
	if mv != nil {
		e.linef("\tF *restrict acc = %s;\n\tfor (int64_t j = 0; j < post; j++) acc[j] = 0;", e.room(model.Float, shape.Post))
	}
	e.linef("\tfor (int64_t i = 0; i < pre; i++) {\n\t\tconst int64_t at = i * post;\n\t\t(void)at;")
	s.values(ir.Pre, "\t\t")
	if k.Factor >= 0 {
		e.linef("\t\tif (%s == 0) continue;", s.read(k.Factor))
	}
	var kept []string // stored elements (i, i), which do not exist
	if shape.NoSelf {
		if mv != nil {
			kept = append(kept, "acc[i]")
		}
		for _, st := range k.Stores {
			if st.Level == ir.Both {
				kept = append(kept, fmt.Sprintf("b%d[at + i]", st.Buf))
			}
		}
	}
	for n, x := range kept {
		e.linef("\t\tconst __typeof__(%s) self%d = %s;", x, n, x)
	}
	e.linef("\t\tfor (int64_t j = 0; j < post; j++) {")
	s.values(ir.Both, "\t\t\t")
	s.stores(ir.Both, "\t\t\t")
	if mv != nil {
		t := s.read(k.Result)
		first := "i == 0"
		if shape.NoSelf {
			first = "i == (j == 0)"
		}
		switch mv.Operation {
		case "max":
			e.linef("\t\t\tconst F t = %s;\n\t\t\tacc[j] = %s ? t : t > acc[j] ? t : acc[j];", t, first)
		case "min":
			e.linef("\t\t\tconst F t = %s;\n\t\t\tacc[j] = %s ? t : t < acc[j] ? t : acc[j];", t, first)
		default:
			e.linef("\t\t\tacc[j] += %s;", t)
		}
	}
	e.linef("\t\t}")
	for n, x := range kept {
		e.linef("\t\t%s = self%d;", x, n)
	}
	e.linef("\t}")
	if mv != nil {
		n := int64(shape.Pre)
		if shape.NoSelf {
			n--
		}
		e.linef("\tfor (int64_t j = 0; j < post; j++) {")
		e.finish(mv, "acc[j]", "j", "\t\t", e.size(max(n, 1)))
		e.linef("\t}")
	}
}

// finish adds the sum x of n terms to the output of a MatVec.
func (e *emitter) finish(mv *plan.MatVec, x, index, indent, n string) {
	if mv.Operation == "mean" {
		x = fmt.Sprintf("%s / (F)%s", x, n)
	}
	if !mv.Zero {
		x = fmt.Sprintf("%s + b%d[%s]", x, mv.Out, index)
	}
	e.linef("%sb%d[%s] = sb_flush(%s);", indent, mv.Out, index, x)
}

// columns emits the values and stores of level Post.
func (s *scope) columns(post int) {
	k := s.k
	written := map[int32]bool{}
	for _, st := range k.Stores {
		written[st.Buf] = true
	}
	needed := make([]bool, len(k.Values))
	for _, v := range k.Values {
		if v.Level == ir.Both {
			for _, o := range v.Operands() {
				needed[o] = true
			}
		}
	}
	for _, st := range k.Stores {
		needed[st.Value] = needed[st.Value] || st.Level == ir.Both
	}
	if k.Result >= 0 {
		needed[k.Result] = true
	}
	var fill []int32
	work := false
	for _, v := range k.At(ir.Post) {
		val := k.Values[v]
		if val.Op == ir.Load && !written[val.Buf] {
			continue // read where it is used
		}
		work = true
		if needed[v] {
			s.array[v] = fmt.Sprintf("p%d", v)
			s.linef("\t%s *restrict p%d = %s;", ctype(val.Type), v, s.room(val.Type, post))
			fill = append(fill, v)
		}
	}
	for _, st := range k.Stores {
		work = work || st.Level == ir.Post
	}
	if work {
		s.linef("\tfor (int64_t j = 0; j < post; j++) {")
		s.values(ir.Post, "\t\t")
		s.stores(ir.Post, "\t\t")
		for _, v := range fill {
			s.linef("\t\tp%d[j] = v%d;", v, v)
		}
		s.linef("\t}")
	}
	for _, v := range k.At(ir.Post) {
		val := k.Values[v]
		if s.array[v] != "" {
			s.known[v] = s.array[v] + "[j]"
		} else if val.Op == ir.Load {
			s.known[v] = s.load(val)
		}
	}
}

func (s *scope) read(v int32) string {
	if s.known[v] != "" {
		return s.known[v]
	}
	return "v" + strconv.Itoa(int(v))
}

func (s *scope) load(v ir.Value) string {
	index := "0"
	switch v.Index {
	case plan.Own:
		index = s.own
		if index == "" {
			index = "at + j"
		}
	case plan.Pre:
		index = "i"
	case plan.Post:
		index = "j"
	}
	return fmt.Sprintf("b%d[%s]", v.Buf, index)
}

func (s *scope) values(l ir.Level, indent string) {
	for _, v := range s.k.At(l) {
		s.linef("%sconst %s v%d = %s;", indent, ctype(s.k.Values[v].Type), v, s.value(v))
	}
}

func (s *scope) stores(l ir.Level, indent string) {
	for _, st := range s.k.Stores {
		if st.Level != l {
			continue
		}
		x := s.read(st.Value)
		t := s.k.Values[st.Value].Type
		if t == model.Float {
			x = "sb_flush(" + x + ")"
		}
		s.linef("%s%s = (%s)%s;", indent, s.load(ir.Value{Buf: st.Buf, Index: st.Index}), stype(t), x)
	}
}

var operators = map[ir.Op]string{
	ir.Add: "+", ir.Sub: "-", ir.Mul: "*", ir.Div: "/", ir.Lt: "<", ir.Le: "<=", ir.Gt: ">", ir.Ge: ">=", ir.Eq: "==", ir.Ne: "!=",
	ir.And: "&", ir.Or: "|",
}

// value is the C expression of one value.
func (s *scope) value(id int32) string {
	v := s.k.Values[id]
	var a, b, c string
	operand := model.Float
	if v.A >= 0 {
		a, operand = s.read(v.A), s.k.Values[v.A].Type
	}
	if v.B >= 0 {
		b = s.read(v.B)
	}
	if v.C >= 0 {
		c = s.read(v.C)
	}
	switch v.Op {
	case ir.Const:
		switch v.Type {
		case model.Int:
			return fmt.Sprintf("sb_toint(%s)", literal(v.Float()))
		case model.Bool:
			return strconv.Itoa(map[bool]int{true: 1}[v.Float() != 0])
		}
		return "(F)" + literal(v.Float())
	case ir.Load:
		return s.load(v)
	case ir.Time:
		return "(F)((double)step * A->d[0])"
	case ir.Dt:
		return "(F)" + s.dt
	case ir.Neg:
		return "-" + a
	case ir.Not:
		return "!" + a
	case ir.Div:
		if v.Type == model.Int {
			return fmt.Sprintf("sb_divint(%s, %s)", a, b)
		}
	case ir.Select:
		return fmt.Sprintf("%s ? %s : %s", a, b, c)
	case ir.Call:
		return s.call(v, operand, a, b)
	case ir.Rand:
		return s.rand(v, a, b)
	}
	return a + " " + operators[v.Op] + " " + b
}

// literal is x in C, exactly; the kernel's constants may be infinite or NaN.
func literal(x float64) string {
	switch {
	case x != x:
		return "__builtin_nan(\"\")"
	case x-x != 0 && x > 0:
		return "__builtin_inf()"
	case x-x != 0:
		return "(-__builtin_inf())"
	}
	return "(" + strconv.FormatFloat(x, 'x', -1, 64) + ")"
}

// functions of csource by their number in package model.
var functions = map[model.Func]string{
	model.Exp: "Exp", model.Expm1: "Expm1", model.Log: "Log", model.Log1p: "Log1p", model.Log10: "Log10", model.Sqrt: "Sqrt",
	model.Sin: "Sin", model.Cos: "Cos", model.Tan: "Tan", model.Asin: "Asin", model.Acos: "Acos", model.Atan: "Atan",
	model.Sinh: "Sinh", model.Cosh: "Cosh", model.Tanh: "Tanh", model.Pow: "Pow", model.Abs: "Abs", model.Floor: "Floor",
	model.Ceil: "Ceil", model.Round: "Round", model.Sign: "Sign", model.Mod: "Mod", model.Exprel: "Exprel",
}

func (s *scope) call(v ir.Value, operand model.Type, a, b string) string {
	switch v.Fn {
	case model.Min:
		return fmt.Sprintf("%s < %s ? %s : %s", a, b, a, b)
	case model.Max:
		return fmt.Sprintf("%s > %s ? %s : %s", a, b, a, b)
	case model.IsNaN:
		return fmt.Sprintf("%s != %s", a, a)
	case model.IsFinite:
		return fmt.Sprintf("((double)%s <= 0x1.fffffffffffffp+1023) & ((double)%s >= -0x1.fffffffffffffp+1023)", a, a)
	case model.ToFloat:
		if operand == model.Float {
			return a
		}
		return "(F)(double)" + a
	case model.ToInt:
		if operand == model.Float {
			return "sb_toint((double)" + a + ")"
		}
		return a
	}
	if operand == model.Int {
		switch v.Fn {
		case model.Abs:
			return fmt.Sprintf("%s < 0 ? -%s : %s", a, a, a)
		case model.Sign:
			return fmt.Sprintf("(%s > 0) - (%s < 0)", a, a)
		case model.Mod:
			return fmt.Sprintf("sb_modint(%s, %s)", a, b)
		}
	}
	f := functions[v.Fn]
	s.calls[f] = true
	if b != "" {
		return fmt.Sprintf("(F)sb_%s((double)%s, (double)%s)", f, a, b)
	}
	return fmt.Sprintf("(F)sb_%s((double)%s)", f, a)
}

func (s *scope) rand(v ir.Value, a, b string) string {
	f := [...]string{
		model.UniformDist: "uniform", model.NormalDist: "normal", model.ExponentialDist: "exponential",
		model.LogNormalDist: "lognormal", model.PoissonDist: "poisson", model.BernoulliDist: "bernoulli",
	}[v.Dist]
	s.calls[f] = true
	key := s.key(rng.NewStream(s.p.Seed, s.object, v.Stream).Key())
	x := fmt.Sprintf("(F)sb_%s(%s, step, (uint64_t)(%s), (double)%s", f, key, s.element[v.Level], a)
	if b != "" {
		x += ", (double)" + b
	}
	return x + ")"
}
