package cuda

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/ir"
	"github.com/spikebook/spikebook/snn/rng"
)

// operation is what the kernels of one operation share.
type operation struct {
	*emitter
	k      *ir.Kernel
	object uint32
	dt     float64
	gate   gate
	adding adding
	at     [4]string       // numbers of random draws of each level, as expressions
	staged map[int32]int64 // values that were computed by a kernel before: where in scratch
}

func (e *emitter) operation(k *ir.Kernel, object uint32, dt float64, g gate) *operation {
	return &operation{emitter: e, k: k, object: object, dt: dt, gate: g, at: [4]string{"0", "i", "j", "at"}, staged: map[int32]int64{}}
}

// place is a buffer, or a row of one.
type place struct {
	buf  int32
	ring ir.Ring
}

// scope says how values are written in one kernel.
type scope struct {
	*operation
	known  []string // per value: how it is read here, or "" if it is not
	needed []bool   // per value: computed in this kernel
	names  map[place]string
}

// enter begins a kernel that computes what the roots need: the gate, and pointers
// to the buffers.
func (o *operation) enter(roots []int32, written ...int) *scope {
	o.begin()
	o.emitter.gate(o.gate)
	s := &scope{operation: o, known: make([]string, len(o.k.Values)), needed: make([]bool, len(o.k.Values)), names: map[place]string{}}
	var need func(v int32)
	var staged []int32
	need = func(v int32) {
		if s.needed[v] {
			return
		}
		s.needed[v] = true
		if _, ok := o.staged[v]; ok {
			staged = append(staged, v)
			return
		}
		for _, a := range o.k.Values[v].Operands() {
			need(a)
		}
	}
	for _, v := range roots {
		need(v)
	}
	slices.Sort(staged)
	for _, v := range staged {
		val := o.k.Values[v]
		s.known[v] = fmt.Sprintf("((const %s *)(A->scratch + %s))[%s]", ctype(val.Type), o.size(o.staged[v]), [...]string{"0", "i", "j"}[val.Level])
	}
	s.pointers(roots, written)
	return s
}

// roots are the values that are stored at a level, added, and the result.
func (o *operation) roots(stores bool, level ir.Level, emits bool) (vs []int32) {
	for _, st := range o.k.Stores {
		if stores && st.Level == level {
			vs = append(vs, st.Value)
		}
	}
	if emits {
		for _, em := range o.k.Emits {
			vs = append(vs, em.Value)
			if em.Delay >= 0 {
				vs = append(vs, em.Delay)
			}
		}
	}
	if o.k.Result >= 0 {
		vs = append(vs, o.k.Result)
	}
	if o.k.Factor >= 0 {
		vs = append(vs, o.k.Factor)
	}
	return vs
}

// pointers declares one pointer per buffer, or row of a buffer, of the kernel.
func (s *scope) pointers(roots []int32, written []int) {
	typ := map[place]model.Type{}
	write := map[place]bool{}
	for id, v := range s.k.Values {
		if (v.Op == ir.Load || v.Op == ir.Gather) && s.needed[id] && s.known[id] == "" {
			typ[place{v.Buf, v.Ring}] = v.Type
		}
	}
	for _, st := range s.k.Stores {
		if slices.Contains(roots, st.Value) {
			p := place{st.Buf, st.Ring}
			typ[p], write[p] = s.k.Values[st.Value].Type, true
		}
	}
	for _, em := range s.k.Emits {
		if slices.Contains(roots, em.Value) {
			p := place{buf: em.Buf}
			typ[p], write[p] = s.k.Values[em.Value].Type, true
		}
	}
	for _, b := range written {
		p := place{buf: int32(b)}
		typ[p], write[p] = model.Float, true
	}
	var places []place
	for p := range typ {
		places = append(places, p)
	}
	slices.SortFunc(places, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.buf, b.buf), cmp.Compare(a.ring.Slots, b.ring.Slots), cmp.Compare(a.ring.Lag, b.ring.Lag))
	})
	for n, p := range places {
		c := "const "
		if write[p] {
			c = ""
		}
		name := fmt.Sprintf("b%d", n)
		s.names[p] = name
		t := stype(typ[p])
		row := ""
		if p.ring.Slots > 0 {
			row = fmt.Sprintf(" + sb_row(step - %s, %s) * %s", s.size(int64(p.ring.Lag)), s.size(int64(p.ring.Slots)),
				s.size(int64(s.p.Buffers[p.buf].Len)/int64(p.ring.Slots)))
		}
		s.linef("\t%s%s *const %s = (%s%s *)%s%s;\n\t(void)%s;", c, t, name, c, t, s.buffer(int(p.buf)), row, name)
	}
}

// stage emits kernels that compute, ahead of the others, values that take long and
// that many threads want.
func (o *operation) stage(pre, post int) {
	staged := map[int32]int64{}
	for l, n := range [3]int{1, pre, post} {
		level := ir.Level(l)
		var vs []int32
		for id, v := range o.k.Values {
			if v.Level != level {
				continue
			}
			if v.Op == ir.Rand || v.Op == ir.Call && functions[v.Fn] != "" && v.Type == model.Float {
				vs = append(vs, int32(id))
			}
		}
		if len(vs) == 0 {
			continue
		}
		s := o.enter(vs)
		s.loop(level, n)
		s.values("\t\t", ir.None, level)
		for _, v := range vs {
			at := o.room(int64(n))
			s.linef("\t\t((%s *)(A->scratch + %s))[x] = %s;", ctype(o.k.Values[v].Type), o.size(at), s.read(v))
			staged[v] = at // the levels after this one compute for themselves
		}
		s.linef("\t}")
		o.end(each, blocksFor(int64(n)))
	}
	o.staged = staged
}

// loop opens the loop over the elements of a level below Both.
func (s *scope) loop(level ir.Level, n int) {
	s.linef("\tSB_EACH(x, %s) {", s.ints(n))
	if level != ir.None {
		s.linef("\t\tconst int64_t %s = x;\n\t\t(void)%s;", [...]string{"", "i", "j"}[level], [...]string{"", "i", "j"}[level])
	}
}

// lower emits kernels for what is stored once, or once per neuron, of an
// operation on synapses or elements. They come after the kernel of the synapses,
// which reads the old values, and what is stored once comes last, since it is read
// for what is stored per neuron.
func (o *operation) lower(pre, post int) {
	for _, c := range []struct {
		level ir.Level
		n     int
	}{{ir.Pre, pre}, {ir.Post, post}, {ir.None, 1}} {
		if !slices.ContainsFunc(o.k.Stores, func(st ir.Store) bool { return st.Level == c.level }) {
			continue
		}
		var vs []int32
		for _, st := range o.k.Stores {
			if st.Level == c.level {
				vs = append(vs, st.Value)
			}
		}
		s := o.enter(vs)
		s.loop(c.level, c.n)
		s.values("\t\t", ir.None, c.level)
		s.stores(c.level, "\t\t")
		s.linef("\t}")
		o.end(each, blocksFor(int64(c.n)))
	}
}

// elements emits a thread per element; mv is nil or the one-to-one MatVec.
func (e *emitter) elements(o *operation, n, repeat int, mv *plan.MatVec) {
	o.at = [4]string{"0", "", "", "at"}
	o.stage(0, 0)
	var out []int
	if mv != nil {
		out = append(out, mv.Out)
	}
	roots := o.roots(true, ir.Both, true)
	if len(roots) > 0 {
		s := o.enter(roots, out...)
		count := e.ints(n)
		s.linef("\tSB_EACH(at, %s) {", count)
		s.values("\t\t", ir.None)
		s.rowsOfEmits("\t\t")
		in := "\t\t"
		if repeat > 1 {
			// Every repetition draws numbers of its own.
			s.at[ir.Both] = "r * " + count + " + at"
			s.linef("\t\tfor (int64_t r = 0; r < %s; r++) {", e.ints(repeat))
			in = "\t\t\t"
		}
		s.synapse(in, ir.Both)
		if mv != nil {
			s.total(mv, s.read(o.k.Result), "at", in, "1")
		}
		if repeat > 1 {
			s.linef("\t\t}")
		}
		s.linef("\t}")
		e.end(each, blocksFor(int64(n)))
	}
	o.lower(0, 0)
}

// synapse emits what is done at a synapse, or an element.
func (s *scope) synapse(in string, levels ...ir.Level) {
	s.values(in, levels...)
	s.stores(ir.Both, in)
	s.emits(in)
}

// total adds the sum x of n terms to the output of a MatVec.
func (s *scope) total(mv *plan.MatVec, x, index, in, n string) {
	out := s.names[place{buf: int32(mv.Out)}]
	if mv.Operation == "mean" {
		x = fmt.Sprintf("%s / (F)%s", x, n)
	}
	if !mv.Zero {
		x = fmt.Sprintf("%s + %s[%s]", x, out, index)
	}
	s.linef("%s%s[%s] = sb_flush(%s);", in, out, index, x)
}

// values emits the values of the given levels that are not there yet. They stay
// known to the end of the kernel, so callers go from outer to inner blocks.
func (s *scope) values(in string, levels ...ir.Level) {
	for id, v := range s.k.Values {
		if !s.needed[id] || s.known[id] != "" || !slices.Contains(levels, v.Level) {
			continue
		}
		s.linef("%sconst %s v%d = %s;", in, ctype(v.Type), id, s.value(int32(id)))
		s.known[id] = "v" + strconv.Itoa(id)
	}
}

func (s *scope) read(v int32) string { return s.known[v] }

// load is an element of a buffer.
func (s *scope) load(buf int32, ring ir.Ring, x plan.Index) string {
	return fmt.Sprintf("%s[%s]", s.names[place{buf, ring}], index(x))
}

// index is the expression of an index.
func index(x plan.Index) string {
	return [...]string{plan.Scalar: "0", plan.Own: "at", plan.Pre: "i", plan.Post: "j"}[x]
}

func (s *scope) stores(l ir.Level, in string) {
	for _, st := range s.k.Stores {
		if st.Level != l {
			continue
		}
		x := s.read(st.Value)
		t := s.k.Values[st.Value].Type
		if t == model.Float {
			x = "sb_flush(" + x + ")"
		}
		s.linef("%s%s = (%s)%s;", in, s.load(st.Buf, st.Ring, st.Index), stype(t), x)
	}
}

// rowsOfEmits declares where in its ring an emit without a delay of its own adds.
func (s *scope) rowsOfEmits(in string) {
	for n, em := range s.k.Emits {
		if em.Ring.Slots == 0 {
			continue
		}
		s.linef("%sconst int64_t slots%d = %s, now%d = sb_row(step, slots%d), length%d = %s;", in, n, s.size(int64(em.Ring.Slots)),
			n, n, n, s.size(int64(s.p.Buffers[em.Buf].Len)/int64(em.Ring.Slots)))
	}
}

// emits adds what a synapse adds.
func (s *scope) emits(in string) {
	for n, em := range s.k.Emits {
		at := index(em.Index)
		if em.Ring.Slots > 0 {
			row := fmt.Sprintf("now%d", n)
			if em.Delay >= 0 {
				s.linef("%sconst int64_t row%d = (now%d + sb_clamp(%s, slots%d - 1)) %% slots%d;", in, n, n, s.read(em.Delay), n, n)
				row = fmt.Sprintf("row%d", n)
			}
			at = fmt.Sprintf("%s * length%d + %s", row, n, at)
		}
		x := fmt.Sprintf("%s[%s]", s.names[place{buf: em.Buf}], at)
		switch {
		case s.adding == inRegisters && em.Index == plan.Post && em.Delay < 0:
			s.linef("%ssum%d += %s;", in, n, s.read(em.Value))
		case s.adding != alone:
			s.linef("%sSB_ADD(&%s, %s);", in, x, s.read(em.Value))
		default:
			s.linef("%s%s = sb_flush(%s + %s);", in, x, x, s.read(em.Value))
		}
	}
}

var operators = map[ir.Op]string{
	ir.Add: "+", ir.Sub: "-", ir.Mul: "*", ir.Div: "/", ir.Lt: "<", ir.Le: "<=", ir.Gt: ">", ir.Ge: ">=", ir.Eq: "==", ir.Ne: "!=",
	ir.And: "&", ir.Or: "|",
}

var intFunctions = map[ir.Op]string{ir.Add: "sb_addint", ir.Sub: "sb_subint", ir.Mul: "sb_mulint", ir.Div: "sb_divint"}

// value is the expression of one value.
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
		return s.load(v.Buf, v.Ring, v.Index)
	case ir.Gather:
		return fmt.Sprintf("%s[%s]", s.names[place{v.Buf, v.Ring}], a)
	case ir.Time:
		return "(F)((double)step * " + s.float(s.p.Dt) + ")"
	case ir.Dt:
		return "(F)" + s.float(s.dt)
	case ir.Step:
		return "step"
	case ir.Element:
		return "(int64_t)(" + index(v.Index) + ")"
	case ir.Neg:
		if v.Type == model.Int {
			return fmt.Sprintf("sb_subint(0, %s)", a)
		}
		return "-" + a
	case ir.Not:
		return "!" + a
	case ir.Add, ir.Sub, ir.Mul, ir.Div:
		if v.Type == model.Int {
			return fmt.Sprintf("%s(%s, %s)", intFunctions[v.Op], a, b)
		}
		if x := s.contracted(v, a, b); x != "" {
			return x
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

// literal is x in C++, exactly; constants may be infinite or NaN.
func literal(x float64) string {
	switch {
	case x != x:
		return "SB_NAN"
	case x-x != 0 && x > 0:
		return "SB_INF"
	case x-x != 0:
		return "(-SB_INF)"
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
			return fmt.Sprintf("%s < 0 ? sb_subint(0, %s) : %s", a, a, a)
		case model.Sign:
			return fmt.Sprintf("(%s > 0) - (%s < 0)", a, a)
		case model.Mod:
			return fmt.Sprintf("sb_modint(%s, %s)", a, b)
		}
	}
	f := functions[v.Fn]
	if c := library[v.Fn]; s.fast && c != "" {
		if s.p.Float == plan.F32 {
			c += "f"
		}
		if b != "" {
			return fmt.Sprintf("SB_LIBM(%s)(%s, %s)", c, a, b)
		}
		return fmt.Sprintf("SB_LIBM(%s)(%s)", c, a)
	}
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
	step := "step"
	if v.Fixed {
		step = "0"
	}
	x := fmt.Sprintf("(F)sb_%s(%s, %s, (uint64_t)(%s), (double)%s", f, s.key(rng.NewStream(s.p.Seed, s.object, v.Stream).Key()), step, s.at[v.Level], a)
	if b != "" {
		x += ", (double)" + b
	}
	return x + ")"
}
