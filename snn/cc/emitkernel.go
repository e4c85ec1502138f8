package cc

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

// scope says how values are written at one place of the source.
type scope struct {
	*emitter
	k       *ir.Kernel
	object  uint32
	dt      string
	indent  string
	element [4]string         // index of a value of each level, as an expression
	own     string            // index of Own operands
	array   []string          // per value: its array over postsynaptic neurons, or ""
	known   []string          // per value: how it is read here, when not v<N>
	names   map[place]string  // pointers
	staged  map[string]string // elements that are read and written elsewhere
	marks   []int             // stores that wait for the end of a block, see mark
}

// place is a buffer, or a row of one.
type place struct {
	buf  int32
	ring ir.Ring
}

// elements emits a loop over elements; one of m and mv may be the Map or the
// one-to-one MatVec that it is.
func (e *emitter) elements(k *ir.Kernel, n int, object uint32, dt float64, repeat int, m *plan.Map, mv *plan.MatVec) {
	if repeat > 1 {
		dt /= float64(repeat)
	}
	s := e.scope(k, object, dt)
	s.access(neuron, neuron, neuron)
	var out []int
	if mv != nil {
		out = append(out, mv.Out)
		e.op.use(int32(mv.Out), true, neuron)
	}
	s.pointers(out...)
	s.element = [4]string{"0", "", "", "x"}
	s.own = "x"
	e.op.cost = int64(n) * s.cost() * int64(max(repeat, 1))
	if still := s.rests(m); still != nil {
		pointers := e.body.String()
		e.body.Reset()
		still.around(s, n)
		e.around = e.body.String()
		e.body.Reset()
		e.body.WriteString(pointers)
	} else {
		e.cutBy(n, !s.storesBelow(ir.Both))
	}
	s.values(ir.None, "\t")
	s.stores(ir.None, "\t")
	s.rowsOfEmits("\t")
	drawn := s.drawn()
	independent := mv == nil && s.independent()
	marked := independent && s.mark()
	indent := "\t"
	if repeat > 1 || len(drawn) > 0 || marked {
		// Blocks that stay in the first cache.
		e.linef("\tfor (int64_t at = lo; at < hi; at += 256) {\n\t\tconst int64_t end = at + 256 < hi ? at + 256 : hi;")
		indent += "\t"
		if repeat > 1 {
			// Every repetition draws numbers of its own.
			s.element[ir.Both] = "r * n + x"
			e.linef("\t\tfor (int64_t r = 0; r < %s; r++) {", e.size(int64(repeat)))
			indent += "\t"
		}
		for _, v := range drawn {
			s.draw(v, indent)
		}
		for _, n := range s.marks {
			e.linef("%sF marks%d[256];", indent, n)
		}
	}
	if independent {
		e.linef("#pragma GCC ivdep")
	}
	if indent != "\t" {
		e.linef("%sfor (int64_t x = at; x < end; x++) {", indent)
	} else {
		e.linef("\tfor (int64_t x = lo; x < hi; x++) {")
	}
	s.values(ir.Both, indent+"\t")
	s.stores(ir.Both, indent+"\t")
	s.emits(indent + "\t")
	if mv != nil {
		s.finish(mv, s.read(k.Result), "x", indent+"\t", "1")
	}
	e.linef("%s}", indent)
	s.unmark(indent)
	for indent = indent[1:]; indent != ""; indent = indent[1:] {
		e.linef("%s}", indent)
	}
}

// cutBy declares the range lo to hi-1 of n neurons that is the part of this call.
// If the operation cannot be cut there is one part.
func (e *emitter) cutBy(n int, can bool) {
	e.linef("\tconst int64_t n = %s, lo = sb_cut(n, part, parts, A->grain), hi = sb_cut(n, part + 1, parts, A->grain);", e.size(int64(n)))
	if can {
		e.op.cut = int64(n)
		e.linef("\tif (lo >= hi) return;")
	}
}

func (e *emitter) scope(k *ir.Kernel, object uint32, dt float64) *scope {
	s := &scope{emitter: e, k: k, object: object, array: make([]string, len(k.Values)), known: make([]string, len(k.Values)), names: map[place]string{}}
	for _, v := range k.Values {
		if v.Op == ir.Dt {
			s.dt = e.dt(dt)
			break
		}
	}
	return s
}

// access notes what the kernel reads and writes. The arguments tell which of the
// elements of presynaptic neurons, of postsynaptic neurons and of synapses a piece
// touches.
func (s *scope) access(pre, post, own side) {
	sideOf := func(x plan.Index) side {
		switch x {
		case plan.Pre:
			return pre
		case plan.Post:
			return post
		case plan.Own:
			return own
		}
		return whole
	}
	for _, v := range s.k.Values {
		switch v.Op {
		case ir.Load:
			s.op.use(v.Buf, false, sideOf(v.Index))
		case ir.Gather:
			s.op.use(v.Buf, false, whole)
		}
	}
	for _, st := range s.k.Stores {
		s.op.use(st.Buf, true, sideOf(st.Index))
	}
	for _, em := range s.k.Emits {
		s.op.use(em.Buf, true, sideOf(em.Index))
	}
}

// storesBelow tells whether a variable of a lower level than l is stored.
func (s *scope) storesBelow(levels ...ir.Level) bool {
	for _, st := range s.k.Stores {
		if !slices.Contains(levels, st.Level) {
			return true
		}
	}
	return false
}

// emitsTo tells whether something is added to neurons of that index.
func (s *scope) emitsTo(x plan.Index) bool {
	return slices.ContainsFunc(s.k.Emits, func(em ir.Emit) bool { return em.Index == x })
}

// cost is what an element takes, in sixteenths of a nanosecond: a guess that
// decides only how work is shared out.
func (s *scope) cost() int64 {
	c := int64(1)
	for _, v := range s.k.Values {
		switch {
		case v.Level != ir.Both:
		case v.Op == ir.Rand:
			c += 128
		case v.Op == ir.Call && functions[v.Fn] != "":
			c += 32
		default:
			c++
		}
	}
	return (c + 3) / 4
}

// pointers declares one pointer per buffer, or row of a buffer, of the kernel and
// for the other buffers that are written.
func (s *scope) pointers(written ...int) {
	typ := map[place]model.Type{}
	write := map[place]bool{}
	for _, v := range s.k.Values {
		if v.Op == ir.Load || v.Op == ir.Gather {
			typ[place{v.Buf, v.Ring}] = v.Type
		}
	}
	for _, st := range s.k.Stores {
		p := place{st.Buf, st.Ring}
		typ[p], write[p] = s.k.Values[st.Value].Type, true
	}
	for _, em := range s.k.Emits {
		p := place{buf: em.Buf}
		typ[p], write[p] = s.k.Values[em.Value].Type, true
	}
	for _, b := range written {
		p := place{buf: int32(b)}
		typ[p], write[p] = model.Float, true
	}
	var places []place
	views := map[int]int{} // pointers into a buffer, its parts included
	for p := range typ {
		places = append(places, p)
		views[s.root(p.buf)]++
	}
	slices.SortFunc(places, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.buf, b.buf), cmp.Compare(a.ring.Slots, b.ring.Slots), cmp.Compare(a.ring.Lag, b.ring.Lag))
	})
	for n, p := range places {
		c, restrict := "const ", " *restrict"
		if write[p] {
			c = ""
		}
		if views[s.root(p.buf)] > 1 {
			restrict = " *"
		}
		name := fmt.Sprintf("b%d", n)
		s.names[p] = name
		t := stype(typ[p])
		if p.ring.Slots == 0 {
			s.linef("\t%s%s%s %s = A->buf[%d];", c, t, restrict, name, p.buf)
			continue
		}
		s.linef("\t%s%s%s %s = (%s *)A->buf[%d] + sb_row(step - %s, %s) * %s;", c, t, restrict, name, t, p.buf,
			s.size(int64(p.ring.Lag)), s.size(int64(p.ring.Slots)), s.size(int64(s.p.Buffers[p.buf].Len)/int64(p.ring.Slots)))
	}
}

// rows emits the loops over all synapses of a projection: values of level Post
// once, into arrays, then row by row; mv is nil for a sweep. A piece has a range
// of postsynaptic neurons.
func (e *emitter) rows(k *ir.Kernel, shape plan.Shape, object uint32, dt float64, mv *plan.MatVec) {
	s := e.scope(k, object, dt)
	can := !s.storesBelow(ir.Both, ir.Post) && !s.emitsTo(plan.Pre) && !s.emitsTo(plan.Scalar) && cuttable(shape)
	s.access(whole, neuron, byPost)
	var out []int
	if mv != nil {
		out = append(out, mv.Out)
		e.op.use(int32(mv.Out), true, neuron)
	}
	s.pointers(out...)
	w := e.walk(shape)
	w.kept = s.kept(mv != nil)
	s.element = [4]string{"0", "i", "j", w.element}
	s.own = "at"
	e.op.cost = w.synapses * s.cost()
	e.cutBy(shape.Post, can)
	s.values(ir.None, "\t")
	s.stores(ir.None, "\t")
	s.columns(shape.Post)
	s.rowsOfEmits("\t")
	extreme := false
	if mv != nil {
		e.linef("\tF *restrict acc = %s;\n\tfor (int64_t j = lo; j < hi; j++) acc[j] = 0;", e.room(model.Float, shape.Post))
		extreme = mv.Operation == "max" || mv.Operation == "min"
		if shape.Kind != plan.Dense && mv.Operation != "" && mv.Operation != "sum" {
			// How many synapses every neuron has.
			e.linef("\tint64_t *restrict fan = %s;\n\tfor (int64_t j = lo; j < hi; j++) fan[j] = 0;", e.room(model.Int, shape.Post))
			if mv.Operation == "mean" {
				e.linef("\tfor (int64_t i = 0; i < pre; i++) {")
				w.row("\t\t", func(in string) { e.linef("%sfan[j]++;", in) })
				e.linef("\t}")
			}
		}
	}
	e.linef("\tfor (int64_t i = 0; i < pre; i++) {")
	s.values(ir.Pre, "\t\t")
	s.stores(ir.Pre, "\t\t")
	if k.Factor >= 0 {
		e.linef("\t\tif (%s == 0) continue;", s.read(k.Factor))
	}
	w.row("\t\t", func(in string) {
		s.values(ir.Both, in)
		s.stores(ir.Both, in)
		s.emits(in)
		if mv == nil {
			return
		}
		t := s.read(k.Result)
		if !extreme {
			e.linef("%sacc[j] += %s;", in, t)
			return
		}
		first := "fan[j]++ == 0"
		if shape.Kind == plan.Dense {
			first = "i == 0"
			if shape.NoSelf {
				first = "i == (j == 0)"
			}
		}
		than := map[string]string{"max": ">", "min": "<"}[mv.Operation]
		e.linef("%sconst F t = %s;\n%sacc[j] = %s ? t : t %s acc[j] ? t : acc[j];", in, t, in, first, than)
	})
	e.linef("\t}")
	if mv != nil {
		n := e.size(int64(max(1, shape.Pre-map[bool]int{true: 1}[shape.NoSelf])))
		if shape.Kind != plan.Dense {
			n = "(fan[j] > 0 ? fan[j] : 1)"
		}
		e.linef("\tfor (int64_t j = lo; j < hi; j++) {")
		s.finish(mv, "acc[j]", "j", "\t\t", n)
		e.linef("\t}")
	}
}

// kept lists what a row changes, see walk, or nil if that is not a matter of one
// element of each buffer.
func (s *scope) kept(sum bool) (kept []string) {
	if sum {
		kept = append(kept, "acc[self]")
	}
	for _, st := range s.k.Stores {
		if st.Level == ir.Both {
			kept = append(kept, s.names[place{st.Buf, st.Ring}]+"[base + self]")
		}
	}
	for n, em := range s.k.Emits {
		x := s.names[place{buf: em.Buf}]
		switch {
		case em.Delay >= 0 || em.Index != plan.Post:
			return nil
		case em.Ring.Slots > 0:
			kept = append(kept, fmt.Sprintf("%s[now%d * length%d + self]", x, n, n))
		default:
			kept = append(kept, x+"[self]")
		}
	}
	return kept
}

// finish adds the sum x of n terms to the output of a MatVec.
func (s *scope) finish(mv *plan.MatVec, x, index, indent, n string) {
	out := s.names[place{buf: int32(mv.Out)}]
	if mv.Operation == "mean" {
		x = fmt.Sprintf("%s / (F)%s", x, n)
	}
	if !mv.Zero {
		x = fmt.Sprintf("%s + %s[%s]", x, out, index)
	}
	s.linef("%s%s[%s] = sb_flush(%s);", indent, out, index, x)
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
	for _, em := range k.Emits {
		needed[em.Value] = true
		if em.Delay >= 0 {
			needed[em.Delay] = true
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
		s.linef("\tfor (int64_t j = lo; j < hi; j++) {")
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
	x := fmt.Sprintf("%s[%s]", s.names[place{v.Buf, v.Ring}], s.index(v.Index))
	if there, ok := s.staged[x]; ok {
		return there
	}
	return x
}

// index is the expression of an index.
func (s *scope) index(x plan.Index) string {
	switch x {
	case plan.Own:
		return s.own
	case plan.Pre:
		return "i"
	case plan.Post:
		return "j"
	}
	return "0"
}

// rowsOfEmits declares where in its ring an emit without a delay of its own adds.
func (s *scope) rowsOfEmits(indent string) {
	for n, em := range s.k.Emits {
		if em.Ring.Slots == 0 {
			continue
		}
		s.linef("%sconst int64_t now%d = sb_row(step, %s), last%d = %s, length%d = %s;", indent, n, s.size(int64(em.Ring.Slots)),
			n, s.size(int64(em.Ring.Slots)-1), n, s.size(int64(s.p.Buffers[em.Buf].Len)/int64(em.Ring.Slots)))
	}
}

// emits adds what a synapse adds.
func (s *scope) emits(indent string) {
	for n, em := range s.k.Emits {
		at := s.index(em.Index)
		if em.Ring.Slots > 0 {
			row := fmt.Sprintf("now%d", n)
			if em.Delay >= 0 {
				s.linef("%sint64_t row%d = now%d + sb_clamp(%s, last%d);\n%srow%d -= row%d > last%d ? last%d + 1 : 0;", indent, n, n, s.read(em.Delay), n, indent, n, n, n, n)
				row = fmt.Sprintf("row%d", n)
			}
			at = fmt.Sprintf("%s * length%d + %s", row, n, at)
		}
		x := fmt.Sprintf("%s[%s]", s.names[place{buf: em.Buf}], at)
		if there, ok := s.staged[x]; ok {
			x = there
		}
		sum := fmt.Sprintf("%s + %s", x, s.read(em.Value))
		if s.k.Values[em.Value].Type == model.Float {
			sum = "sb_flush(" + sum + ")"
		}
		s.linef("%s%s = %s;", indent, x, sum)
	}
}

func (s *scope) values(l ir.Level, indent string) {
	for _, v := range s.k.At(l) {
		if s.known[v] != "" {
			continue // computed before
		}
		s.linef("%sconst %s v%d = %s;", indent, ctype(s.k.Values[v].Type), v, s.value(v))
	}
}

func (s *scope) stores(l ir.Level, indent string) {
	for n, st := range s.k.Stores {
		if st.Level != l {
			continue
		}
		x := s.read(st.Value)
		if slices.Contains(s.marks, n) {
			s.linef("%smarks%d[x - at] = %s ? (F)1 : (F)0;", indent, n, x)
			continue
		}
		t := s.k.Values[st.Value].Type
		if t == model.Float {
			x = "sb_flush(" + x + ")"
		}
		s.linef("%s%s = (%s)%s;", indent, s.load(ir.Value{Buf: st.Buf, Index: st.Index, Ring: st.Ring}), stype(t), x)
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
	case ir.Gather:
		return fmt.Sprintf("%s[%s]", s.names[place{v.Buf, v.Ring}], a)
	case ir.Time:
		return "(F)((double)step * A->d[0])"
	case ir.Dt:
		return "(F)" + s.dt
	case ir.Step:
		return "step"
	case ir.Element:
		return "(int64_t)(" + s.index(v.Index) + ")"
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
	step := "step"
	if v.Fixed {
		step = "0"
	}
	x := fmt.Sprintf("(F)sb_%s(%s, "+step+", (uint64_t)(%s), (double)%s", f, key, s.element[v.Level], a)
	if b != "" {
		x += ", (double)" + b
	}
	return x + ")"
}
