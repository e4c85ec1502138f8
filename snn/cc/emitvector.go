package cc

import (
	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/ir"
)

// independent tells whether an element of a kernel that is done element by element
// touches nothing that another writes. Compilers do not see that by themselves:
// they test at run time which pointers overlap, and gcc gives up beyond ten tests,
// which a neuron of six equations needs.
func (s *scope) independent() bool {
	written := map[int]bool{}
	for _, st := range s.k.Stores {
		if st.Level != ir.Both || st.Index != plan.Own {
			return false
		}
		written[s.root(st.Buf)] = true
	}
	if len(s.k.Emits) > 0 {
		return false
	}
	views := map[int]place{}
	for p := range s.names {
		r := s.root(p.buf)
		if _, more := views[r]; more && written[r] {
			return false
		}
		views[r] = p
	}
	for _, v := range s.k.Values {
		if v.Op == ir.Load && v.Level == ir.Both && v.Index != plan.Own && written[s.root(v.Buf)] {
			return false
		}
	}
	return true
}

// root is the buffer that b is a part of, or b.
func (s *scope) root(b int32) int {
	if part := s.p.Buffers[b].Part; part != nil {
		return part.Of
	}
	return int(b)
}

// mark decides whether stores of Bools are kept in numbers until a block is done. A
// byte in a loop makes gcc take as many elements at a time as a vector has bytes.
// One function such as exp is the better for it, since its copies do not wait for
// each other; ten of them have work enough to overlap, and would be six seconds of
// compiling.
func (s *scope) mark() bool {
	heavy := 0
	for _, v := range s.k.Values {
		if v.Op == ir.Call && v.Level == ir.Both && functions[v.Fn] != "" {
			heavy++
		}
	}
	for n, st := range s.k.Stores {
		if heavy > 1 && s.k.Values[st.Value].Type == model.Bool {
			s.marks = append(s.marks, n)
		}
	}
	return len(s.marks) > 0
}

// unmark stores the Bools of a block.
func (s *scope) unmark(in string) {
	for _, n := range s.marks {
		st := s.k.Stores[n]
		s.linef("%sfor (int64_t x = at; x < end; x++) %s = marks%d[x - at] != 0;", in, s.load(ir.Value{Buf: st.Buf, Index: st.Index, Ring: st.Ring}), n)
	}
}
