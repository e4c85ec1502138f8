package cc

import (
	"fmt"
	"slices"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/ir"
)

// deliver emits the visits to the rows of neurons that fired. A piece has a range
// of postsynaptic neurons, so the synapses of each of them are visited in the same
// order whatever the number of pieces.
func (e *emitter) deliver(op *plan.Deliver) {
	k := ir.LowerDeliver(op).Raise(ir.Post)
	s := e.scope(k, op.Object, e.p.Dt)
	e.spikesOf(op.From)
	segments := 1
	if op.Shape.Kind == plan.SparseRows {
		segments = op.Shape.Sparse.Segments
	}
	e.linef("\tconst int64_t first = sb_row(step - %s, slots), total = sb_spikes(count, first, slots, %s);", e.size(int64(op.Delay)), e.size(int64(segments)))
	e.linef("\tif (total == 0) return;")
	w := e.walk(op.Shape)
	e.op.spikes(op.From, op.Delay, segments, 16+w.synapses*(14+s.cost())/int64(op.Shape.Pre)/int64(segments))
	if op.Shape.Kind == plan.OneToOne {
		s.access(neuron, neuron, neuron)
		s.pointers()
		s.own, s.element = "i", [4]string{"0", "", "", "i"}
		e.cutBy(op.Shape.Pre, !s.emitsTo(plan.Scalar))
		s.values(ir.None, "\t")
		s.rowsOfEmits("\t")
		e.linef("\tfor (int64_t q = 0; q < total; q++) {\n\t\tconst int64_t i = list[first * neurons + q];\n\t\tif (i < lo || i >= hi) continue;")
		s.synapse("\t\t")
		e.linef("\t}")
		return
	}
	cut := !s.emitsTo(plan.Pre) && !s.emitsTo(plan.Scalar)
	own := byPost
	switch op.Shape.Kind {
	case plan.Generated:
		w.useAhead()
	case plan.Convolution:
		own = whole // a kernel for all
		cut = cut && len(s.k.Stores) == 0
	}
	s.access(whole, neuron, own)
	s.pointers()
	w.kept = s.kept(false)
	s.own, s.element = "at", [4]string{"0", "i", "j", w.element}
	e.cutBy(op.Shape.Post, cut)
	s.values(ir.None, "\t")
	s.rowsOfEmits("\t")
	if op.Shape.Kind == plan.SparseRows {
		e.op.perCut = 16 * 40 // the ends of a piece in a row are looked for
		s.visits(w)
		return
	}
	e.linef("\tfor (int64_t spike = 0; spike < total; spike++) {\n\t\tconst int64_t i = list[first * neurons + spike];")
	s.values(ir.Pre, "\t\t")
	w.row("\t\t", s.synapse)
	e.linef("\t}")
}

// synapse emits what is done at a synapse.
func (s *scope) synapse(in string) {
	s.values(ir.Both, in)
	s.stores(ir.Both, in)
	s.emits(in)
}

// visits emits the visits to segments of sparse rows. They lie scattered over
// memory, so they are looked up 64 at a time: where they begin, then what they
// hold, then the work itself, with all of it on its way from memory meanwhile.
func (s *scope) visits(w *walk) {
	s.linef(`	int64_t k = 0, row = first, q = 0;
	for (int64_t done = 0; done < total;) {
		int64_t source[64], begin[64], end[64], m = 0;
		for (; m < 64 && done < total; m++, done++) {
			for (; q == count[row]; k++, row = row == 0 ? slots - 1 : row - 1) q = 0;
			source[m] = list[row * neurons + q++];
			begin[m] = source[m] * segments + k;
			__builtin_prefetch(&starts[begin[m]]);
		}
		for (int64_t v = 0; v < m; v++) {
			end[v] = starts[begin[v] + 1];
			begin[v] = starts[begin[v]];
			__builtin_prefetch(&targets[begin[v]]);
			__builtin_prefetch(&targets[end[v]]);`)
	for _, b := range s.owned() {
		s.linef("\t\t\t__builtin_prefetch(&%s[begin[v]]);\n\t\t\t__builtin_prefetch(&%s[end[v]]);", b, b)
	}
	s.linef("\t\t}\n\t\tfor (int64_t v = 0; v < m; v++) {\n\t\t\tconst int64_t i = source[v];")
	s.values(ir.Pre, "\t\t\t")
	w.segment("\t\t\t", "begin[v]", "end[v]", s.synapse)
	s.linef("\t\t}\n\t}")
}

// owned lists the pointers to variables of the synapse.
func (s *scope) owned() (names []string) {
	add := func(buf int32, ring ir.Ring, x plan.Index) {
		if n := s.names[place{buf, ring}]; x == plan.Own && !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	for _, v := range s.k.Values {
		if v.Op == ir.Load {
			add(v.Buf, v.Ring, v.Index)
		}
	}
	for _, st := range s.k.Stores {
		add(st.Buf, st.Ring, st.Index)
	}
	return names
}

// times lists the pointers to whole numbers of presynaptic neurons, as the steps of
// their last spikes, if nothing else tells these neurons apart and something dear is
// computed for each. Where most have not fired for long, neighbours have the same.
func (s *scope) times(levels *ir.Kernel) (names []string) {
	dear := false
	for _, v := range levels.Values {
		if v.Level != ir.Pre {
			continue
		}
		switch {
		case v.Op == ir.Load && v.Type == model.Int:
			if n := s.names[place{v.Buf, v.Ring}]; !slices.Contains(names, n) {
				names = append(names, n)
			}
		case v.Op == ir.Load || v.Op == ir.Element || v.Op == ir.Rand:
			return nil
		}
		dear = dear || v.Op == ir.Call && functions[v.Fn] != ""
	}
	if !dear {
		return nil
	}
	return names
}

// column emits the visits to the columns of neurons that fired. A piece has a
// range of presynaptic neurons.
func (e *emitter) column(op *plan.Column) {
	levels := ir.LowerColumn(op)
	s := e.scope(levels.Raise(ir.Pre), op.Object, e.p.Dt)
	e.spikesOf(op.From)
	e.linef("\tconst int64_t first = sb_row(step - %s, slots), total = count[first];", e.size(int64(op.Delay)))
	e.linef("\tif (total == 0) return;")
	w := e.walk(op.Shape)
	e.op.spikes(op.From, op.Delay, 1, 16+w.synapses*(14+s.cost())/int64(op.Shape.Post))
	can := !s.emitsTo(plan.Post) && !s.emitsTo(plan.Scalar)
	if op.Shape.Kind == plan.OneToOne {
		s.access(neuron, neuron, neuron)
		can = !s.emitsTo(plan.Scalar)
	} else {
		s.access(neuron, whole, byPre)
	}
	s.pointers()
	s.own, s.element = "at", [4]string{"0", "i", "j", "at"}
	e.cutBy(op.Shape.Pre, can)
	s.values(ir.None, "\t")
	s.rowsOfEmits("\t")
	if op.Shape.Kind == plan.SparseRows {
		r := op.Shape.Sparse
		e.op.reads(r.Sources, r.Columns, r.Slots)
		e.linef("\tconst int32_t *const sources = A->buf[%d], *const places = A->buf[%d];\n\tconst int64_t *const columns = A->buf[%d];", r.Sources, r.Slots, r.Columns)
	}
	e.linef("\tfor (int64_t q = 0; q < total; q++) {\n\t\tconst int64_t j = list[first * neurons + q];")
	s.values(ir.Post, "\t\t")
	switch op.Shape.Kind {
	case plan.OneToOne:
		e.linef("\t\tconst int64_t at = j;\n\t\tif (j < lo || j >= hi) continue;")
		s.synapse("\t\t")
	case plan.SparseRows:
		e.linef("\t\tint64_t from = columns[j], to = columns[j + 1];")
		e.linef("\t\tif (parts > 1) {\n\t\t\tfrom = sb_find(places, from, to, starts[lo * segments]);\n\t\t\tto = sb_find(places, from, to, starts[hi * segments]);\n\t\t}")
		e.linef("\t\tfor (int64_t x = from; x < to; x++) {\n\t\t\tconst int64_t at = places[x], i = sources[at];")
		s.synapse("\t\t\t")
		e.linef("\t\t}")
	case plan.Dense:
		s.blocks(op.Shape.NoSelf, levels)
	}
	e.linef("\t}")
}

// blocks emits the loop over a column of a matrix. Its elements lie a row apart,
// so blocks of them are put side by side, where vectors reach them. levels is the
// kernel before its values of presynaptic neurons were computed at every synapse.
func (s *scope) blocks(noSelf bool, levels *ir.Kernel) {
	in := "\t\t"
	end := "hi"
	if noSelf {
		s.linef("\t\tfor (int64_t half = 0; half < 2; half++) {\n\t\t\tconst int64_t from = half && j + 1 > lo ? j + 1 : lo, to = half || j > hi ? hi : j;")
		in, end = "\t\t\t", "to"
		s.linef("\t\t\tfor (int64_t start = from; start < to; start += 256) {")
	} else {
		s.linef("\t\tfor (int64_t start = lo; start < hi; start += 256) {")
	}
	s.linef("%s\tconst int64_t m = start + 256 < %s ? 256 : %s - start;", in, end, end)
	s.staged = map[string]string{}
	loaded, stored := map[string]bool{}, map[string]bool{}
	for _, v := range s.k.Values {
		if v.Op == ir.Load && v.Index == plan.Own {
			loaded[s.names[place{v.Buf, v.Ring}]] = true
		}
	}
	for _, st := range s.k.Stores {
		stored[s.names[place{st.Buf, st.Ring}]] = true
	}
	for _, b := range s.owned() {
		s.linef("%s\t__typeof__(%s[0] + 0) side_%s[256];", in, b, b)
		s.staged[fmt.Sprintf("%s[at]", b)] = fmt.Sprintf("side_%s[x]", b)
		if loaded[b] {
			s.linef("%s\tfor (int64_t x = 0; x < m; x++) side_%s[x] = %s[(start + x) * post + j];", in, b, b)
		}
	}
	each := func(in, from, to string) {
		s.linef("%sfor (int64_t x = %s; x < %s; x++) {\n%s\tconst int64_t i = start + x, at = i * post + j;\n%s\t(void)at;", in, from, to, in, in)
		s.synapse(in + "\t")
		s.linef("%s}", in)
	}
	if times := s.times(levels); times != nil {
		s.linef("%s\tfor (int64_t begin = 0, stop; begin < m; begin = stop) {\n%s\t\tstop = begin + 32 < m ? begin + 32 : m;\n%s\t\tuint64_t others = 0;", in, in, in)
		s.linef("%s\t\tfor (int64_t x = begin; x < stop; x++) others |= (uint64_t)(%s[start + x] ^ %[2]s[start + begin])", in, times[0])
		for _, b := range times[1:] {
			s.linef("%s\t\t\t| (uint64_t)(%s[start + x] ^ %[2]s[start + begin])", in, b)
		}
		s.linef("%s\t\t\t;\n%s\t\tif (others == 0) {\n%s\t\t\tconst int64_t i = start + begin;", in, in, in)
		raised := s.k
		s.k = levels
		s.values(ir.Pre, in+"\t\t\t")
		each(in+"\t\t\t", "begin", "stop")
		s.k = raised
		s.linef("%s\t\t} else {", in)
		each(in+"\t\t\t", "begin", "stop")
		s.linef("%s\t\t}\n%s\t}", in, in)
	} else {
		each(in+"\t", "0", "m")
	}
	for _, b := range s.owned() {
		if stored[b] {
			s.linef("%s\tfor (int64_t x = 0; x < m; x++) %s[(start + x) * post + j] = side_%s[x];", in, b, b)
		}
	}
	s.staged = nil
	s.linef("%s}", in)
	if noSelf {
		s.linef("\t\t}")
	}
}
