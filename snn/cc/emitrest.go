package cc

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/ir"
)

// Neurons at rest are not computed. A Map is done in blocks of neurons; a block
// rests from the moment that a step has left every bit of what it writes as it was
// and everything that others write there was 0. It rests as long as that stays 0:
// the step would read the same again and write the same again. So nobody has to
// tell a block that something arrived, and a run begins with all blocks awake,
// since the user may have changed anything.
//
// Comparing what a block writes costs half as much as computing it, so that is done
// only after its first neuron stayed as it was: in a new run once, then for 14
// steps on end.
//
// The state of a block is a byte: 0 in a new run, then 1 and more for the steps in
// which its first neuron did not change, 15 when the next step is compared, 255
// at rest. Whether the first neuron changed is seen by a sum of its bits. Of a block
// that two pieces share, no part rests: both write that it is awake, in one step.

// rest says how the blocks of an operation rest.
type rest struct {
	watched []view // what other operations write
	kept    []view // what this one writes
}

// view is a pointer of the kernel, the type of the values there, and the buffer.
type view struct {
	name, typ string
	buf       int32
}

// longest is the greatest number of neurons of a block.
const longest = 512

// rests decides whether blocks of a Map may rest: nothing it reads changes by
// itself, as time and random numbers do, and others write elements of its neurons
// only. nil if not.
func (s *scope) rests(op *plan.Map) *rest {
	if op == nil || op.N < s.how.least || !s.independent() {
		return nil
	}
	r := &rest{}
	watch := func(l ir.Value) {
		v := view{s.names[place{l.Buf, l.Ring}], stype(l.Type), l.Buf}
		if s.writtenBeside(op, int(l.Buf)) && !slices.Contains(r.watched, v) {
			r.watched = append(r.watched, v)
		}
	}
	for _, st := range s.k.Stores {
		l := ir.Value{Buf: st.Buf, Ring: st.Ring, Type: s.k.Values[st.Value].Type}
		if st.Ring.Slots > 0 {
			return nil
		}
		watch(l)
		r.kept = append(r.kept, view{s.names[place{st.Buf, st.Ring}], stype(l.Type), st.Buf})
	}
	for _, v := range s.k.Values {
		switch {
		case v.Op == ir.Rand || v.Op == ir.Time || v.Op == ir.Step:
			return nil
		case v.Op != ir.Load:
		case v.Ring.Slots > 0:
			return nil
		case v.Level == ir.Both && v.Index == plan.Own:
			watch(v)
		case s.writtenBeside(nil, int(v.Buf)):
			return nil
		}
	}
	if len(r.kept) == 0 {
		return nil
	}
	return r
}

// A writer is an operation and the elements of a buffer that it may write.
type writer struct {
	op       plan.Op
	from, to int
}

// span is the buffer that a buffer lies in, and which of its elements it is.
func (e *emitter) span(b int) (root, from, to int) {
	x := e.p.Buffers[b]
	if x.Part != nil {
		return x.Part.Of, x.Part.First, x.Part.First + x.Len
	}
	return b, 0, x.Len
}

// writtenBeside tells whether an operation other than one of the program writes
// elements of a buffer.
func (e *emitter) writtenBeside(one plan.Op, buf int) bool {
	if e.writers == nil { // made once: large programs have thousands of operations
		e.writers = map[int][]writer{}
		for _, op := range e.p.Ops {
			for _, w := range plan.Writes(op) {
				root, from, to := e.span(w)
				e.writers[root] = append(e.writers[root], writer{op, from, to})
			}
		}
	}
	root, from, to := e.span(buf)
	return slices.ContainsFunc(e.writers[root], func(w writer) bool { return w.op != one && w.from < to && from < w.to })
}

// around emits the loop over blocks around the function that does a range of
// neurons: one call for neighbouring blocks that are neither at rest nor compared.
func (r *rest) around(s *scope, n int) {
	for _, v := range slices.Concat(r.kept, r.watched) {
		if p := fmt.Sprintf("\t%s *const %s = A->buf[%d];", v.typ, v.name, v.buf); !strings.Contains(s.body.String(), p) {
			s.linef("%s", p)
		}
	}
	s.cutBy(n, true)
	blocks := n>>s.how.block + 1
	s.linef("\tuint8_t *const asleep = A->rest + %s;\n\tuint64_t *const print = (uint64_t *)(A->rest + %s);", s.lasting(blocks), s.lasting(8*blocks))
	var printed []string
	for k, v := range r.kept {
		printed = append(printed, fmt.Sprintf("sb_first(%s + x, sizeof(%s)) * %d", v.name, v.typ, 2*k+3))
	}
	sum := strings.Join(printed, " + ")
	still := ""
	for _, w := range r.watched {
		still += fmt.Sprintf(" && sb_zero(%s + end, (next - end) * sizeof(%s))", w.name, w.typ)
	}
	s.linef(`	for (int64_t at = lo; at < hi;) {
		int64_t end = at, next, block;
		for (; end < hi; end = next) {
			const int64_t x = end;
			block = end >> A->shift;
			next = (block + 1) << A->shift;
			next = next < hi ? next : hi;
			if (asleep[block] < 15) {
				if (asleep[block] == 0) print[block] = %[1]s;
				continue;
			}
			if (end == block << A->shift && (next == (block + 1) << A->shift || next == n)%[2]s) break;
		}
		if (end > at) {
			BLOCKS(A, step, N, at, end);
			for (int64_t x = at; x < end; x = (block + 1) << A->shift) {
				block = x >> A->shift;
				const int all = x == block << A->shift && ((block + 1) << A->shift <= end || end == n);
				const uint64_t now = %[1]s;
				const uint8_t was = asleep[block], is = !all || now != print[block] ? 1 : was == 0 ? 15 : was < 15 ? was + 1 : 1;
				if (is != was) __atomic_store_n(&asleep[block], is, __ATOMIC_RELAXED);
				if (now != print[block]) __atomic_store_n(&print[block], now, __ATOMIC_RELAXED);
			}
			at = end;
			continue;
		}
		if (asleep[block] < 255) {`, sum, still)
	for k, v := range r.kept {
		s.linef("\t\t\t%s before%d[%d];\n\t\t\t__builtin_memcpy(before%d, %s + at, (next - at) * sizeof(%s));", v.typ, k, longest, k, v.name, v.typ)
	}
	s.linef("\t\t\tBLOCKS(A, step, N, at, next);\n\t\t\tint same = 1;")
	for k, v := range r.kept {
		s.linef("\t\t\tsame = same && __builtin_memcmp(before%d, %s + at, (next - at) * sizeof(%s)) == 0;", k, v.name, v.typ)
	}
	s.linef("\t\t\tasleep[block] = same ? 255 : 1;\n\t\t}\n\t\tat = next;\n\t}")
}
