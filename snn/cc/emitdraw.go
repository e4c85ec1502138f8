package cc

import (
	"fmt"
	"strings"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan/ir"
)

// drawn lists what is computed before the loop over a block, since it would keep it
// from being done by vectors: random numbers that need several values or functions
// with large cases, of arguments that all share; Poisson's of means that can be
// computed beforehand; sines and cosines of such arguments.
func (s *scope) drawn() (vs []int32) {
	for id, v := range s.k.Values {
		if s.turns(v) && s.made(v.A) != nil {
			s.near = true
			s.calls["Sin"], s.calls["Cos"] = true, true
			vs = append(vs, int32(id))
			continue
		}
		if v.Op != ir.Rand || v.Level != ir.Both || v.Dist != model.PoissonDist && v.Dist != model.NormalDist && v.Dist != model.LogNormalDist {
			continue
		}
		common := s.k.Values[v.A].Level == ir.None && (v.B < 0 || s.k.Values[v.B].Level == ir.None)
		if v.Dist == model.PoissonDist && (common || s.made(v.A) != nil) {
			s.poisson = true
			s.calls["uniform"], s.calls["Exp"] = true, true
			vs = append(vs, int32(id))
			if common {
				s.linef("\tdouble sums%d[200];\n\tconst int64_t few%d = sb_poissonSums((double)%s, sums%d);", id, id, s.read(v.A), id)
			}
		} else if common {
			vs = append(vs, int32(id))
		}
	}
	return vs
}

// turns tells whether a value is a sine or cosine for every element.
func (s *scope) turns(v ir.Value) bool {
	return v.Op == ir.Call && v.Level == ir.Both && (v.Fn == model.Sin || v.Fn == model.Cos)
}

// made lists the values of every element that v is made of, and v, or nil if there
// are random numbers among them or v is none.
func (s *scope) made(v int32) []int32 {
	needed := map[int32]bool{v: true}
	var vs []int32
	for x := v; x >= 0; x-- {
		if !needed[x] || s.k.Values[x].Level != ir.Both {
			continue
		}
		if s.k.Values[x].Op == ir.Rand || s.turns(s.k.Values[x]) {
			return nil
		}
		for _, o := range s.k.Values[x].Operands() {
			needed[o] = true
		}
		vs = append([]int32{x}, vs...)
	}
	return vs
}

// draw emits the draws of a block.
func (s *scope) draw(id int32, in string) {
	v := s.k.Values[id]
	s.linef("%sF drawn%d[256];", in, id)
	if v.Op == ir.Call {
		s.turn(id, in)
		s.known[id] = fmt.Sprintf("drawn%d[x - at]", id)
		return
	}
	each := in
	var made []int32
	if v.Dist == model.PoissonDist {
		uniform := strings.Replace(strings.TrimPrefix(s.value(id), "(F)"), "sb_poisson(", "sb_uniform(", 1)
		uniform = uniform[:strings.LastIndex(uniform, ", (double)")] + ", 0, 1)"
		if s.k.Values[v.A].Level == ir.None {
			s.linef("%sif (few%d >= 0) {", in, id)
			s.poissonOfOne(id, uniform, in+"\t")
		} else {
			s.linef("%sdouble mean%d[256];\n%sint wild%d = 0;", in, id, in, id)
			made = s.make(v.A, in)
			s.linef("%s\tmean%d[x - at] = (double)%s <= 0 ? 0 : (double)%[3]s;\n%[1]s\twild%[2]d |= !(mean%[2]d[x - at] < 10);\n%[1]s}", in, id, s.read(v.A))
			s.linef("%sif (!wild%d) {", in, id)
			s.poissonOfMany(id, uniform, in+"\t")
		}
		s.linef("%s} else", in)
		each += "\t"
	}
	if made != nil {
		s.linef("%sfor (int64_t x = at; x < end; x++) drawn%d[x - at] = %s;", each, id,
			strings.Replace(s.value(id), "(double)"+s.read(v.A), fmt.Sprintf("mean%d[x - at]", id), 1))
	} else {
		s.linef("%sfor (int64_t x = at; x < end; x++) drawn%d[x - at] = %s;", each, id, s.value(id))
	}
	s.known[id] = fmt.Sprintf("drawn%d[x - at]", id)
}

// make emits the head of a loop over the block, and in it all that v is made of.
func (s *scope) make(v int32, in string) []int32 {
	made := s.made(v)
	s.linef("%sfor (int64_t x = at; x < end; x++) {", in)
	for _, x := range made {
		s.linef("%s\tconst %s v%d = %s;", in, ctype(s.k.Values[x].Type), x, s.value(x))
	}
	return made
}

// turn emits the sines or cosines of a block: by vectors where all angles are below
// 2^20, which need no more than four pieces of π.
func (s *scope) turn(id int32, in string) {
	v := s.k.Values[id]
	f := functions[v.Fn]
	s.linef("%sdouble angle%d[256];\n%sint far%d = 0;", in, id, in, id)
	s.make(v.A, in)
	s.linef("%s\tangle%d[x - at] = (double)%s;\n%s\tfar%d |= !(__builtin_fabs(angle%d[x - at]) < 0x1p20);\n%s}", in, id, s.read(v.A), in, id, id, in)
	s.linef("%sif (!far%d) {\n%s\tfor (int64_t x = 0; x < end - at; x++) drawn%d[x] = (F)sb_near%s(angle%d[x]);", in, id, in, id, f, id)
	s.linef("%s} else for (int64_t x = 0; x < end - at; x++) drawn%d[x] = (F)sb_%s(angle%d[x]);", in, id, f, id)
}

// near are Sin and Cos of package vmath below 2^20, with choices for branches and
// quadrants that are counted without integers, as AVX2 cannot turn one into the other.
const near = `
typedef struct { double hi, lo, odd, half; } sb_turned;
/* odd and half are the lower two bits of the quadrant. */
SB_INLINE sb_turned sb_nearReduce(double a) {
	const double kd = (a * 0x1.45f306dc9c883p-01 + 0x1.8p+52) - 0x1.8p+52;
	const double x = a - kd * 0x1.921fb544p+00;
	const sb_dd y = sb_twoSum(x, -(kd * 0x1.0b4611a6p-34));
	const sb_dd z = sb_twoSum(y.hi, -(kd * 0x1.3198a2ep-69));
	const sb_dd r = sb_twoSum(z.hi, (y.lo + z.lo) - kd * 0x1.b839a252049c1p-104);
	const int small = a <= 0x1.921fb54442d18p-01;
	const double k = small ? 0 : kd, pairs = __builtin_floor(k * 0.5);
	return (sb_turned){small ? a : r.hi, small ? 0 : r.lo, k - 2 * pairs, pairs - 2 * __builtin_floor(pairs * 0.5)};
}
SB_INLINE double sb_nearSin(double x) {
	const double a = __builtin_fabs(x);
	const sb_turned r = sb_nearReduce(a);
	const sb_dd s = sb_sinParts(r.hi, r.lo), c = sb_cosParts(r.hi, r.lo);
	const double sine = s.hi + s.lo, cosine = c.hi + c.lo, y = r.odd != 0 ? cosine : sine;
	const double sign = r.half != 0 ? -1.0 : 1.0, both = x < 0 ? -sign : sign, turned = both < 0 ? -y : y;
	return a < 0x1p-28 ? x : turned;
}
SB_INLINE double sb_nearCos(double x) {
	const sb_turned r = sb_nearReduce(__builtin_fabs(x));
	const sb_dd s = sb_sinParts(r.hi, r.lo), c = sb_cosParts(r.hi, r.lo);
	const double sine = s.hi + s.lo, cosine = c.hi + c.lo, y = r.odd != 0 ? sine : cosine;
	return r.odd != r.half ? -y : y;
}
`

// poissonOfOne emits the draws of one mean for all: they count by how many partial
// sums of probabilities, which are the same for all, a uniform number is not exceeded.
func (s *scope) poissonOfOne(id int32, uniform, in string) {
	s.linef("%sdouble u[256];\n%sint64_t events[256], more = 1;", in, in)
	s.linef("%sfor (int64_t x = at; x < end; x++) {\n%s\tu[x - at] = %s;\n%s\tevents[x - at] = 0;\n%s}", in, in, uniform, in, in)
	s.linef("%sfor (int64_t k = 0; k < few%d && more; k++) {\n%s\tmore = 0;", in, id, in)
	s.linef("%s\tfor (int64_t x = 0; x < end - at; x++) {\n%s\t\tconst int64_t above = u[x] >= sums%d[k];", in, in, id)
	s.linef("%s\t\tevents[x] += above;\n%s\t\tmore |= above;\n%s\t}\n%s}", in, in, in, in)
	s.linef("%sfor (int64_t x = 0; x < end - at; x++) drawn%d[x] = (F)events[x];", in, id)
}

// poissonOfMany emits the draws of a mean for each, 0 or more. The sums go on behind
// the one that exceeds the number, which changes nothing, since they do not descend.
func (s *scope) poissonOfMany(id int32, uniform, in string) {
	s.linef("%sdouble u[256], p[256], sum[256];\n%sint64_t events[256], more = 1;", in, in)
	s.linef("%sfor (int64_t x = at; x < end; x++) u[x - at] = %s;", in, uniform)
	s.linef("%sfor (int64_t x = 0; x < end - at; x++) {\n%s\tsum[x] = p[x] = sb_Exp(-mean%d[x]);\n%s\tevents[x] = 0;\n%s}", in, in, id, in, in)
	s.linef("%sfor (int64_t k = 1; k <= 200 && more; k++) {\n%s\tmore = 0;", in, in)
	s.linef("%s\tfor (int64_t x = 0; x < end - at; x++) {\n%s\t\tconst int64_t above = u[x] >= sum[x];", in, in)
	s.linef("%s\t\tevents[x] += above;\n%s\t\tmore |= above;\n%s\t\tp[x] = p[x] * (mean%d[x] / (double)k);\n%s\t\tsum[x] = sum[x] + p[x];\n%s\t}\n%s}", in, in, in, id, in, in, in)
	s.linef("%sfor (int64_t x = 0; x < end - at; x++) drawn%d[x] = (F)events[x];", in, id)
}
