package ir

import (
	"slices"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
)

// Skip tells when evaluating a column of synapses (all synapses of one
// postsynaptic neuron j) would change nothing, so that it may be left out with
// the same result bit for bit. Rules of the Hebb and Oja family change nothing
// at a silent postsynaptic neuron, because every change is a product with
// post.r.
//
// A column may be left out in a step when
//
//  1. every value of Zero is 0 at j,
//  2. every value of Bounded is at most Limit in magnitude (at j, and for all
//     presynaptic neurons),
//  3. the column was evaluated earlier in the same run of steps, with 1 and 2
//     holding then and in every step since, and that evaluation left every
//     stored variable unchanged and every variable in Own at most Limit in
//     magnitude.
//
// Under 1 and 2 the new values of the column depend on nothing that changes
// between steps but its own old values; so the evaluation of 3 would repeat.
type Skip struct {
	Zero    []int32
	Bounded []int32
	Own     []int32 // loads of level Both
}

// Limit bounds factors so that sums and products of a few of them, checked by
// the analysis, stay finite: a product of 0 with a finite number is 0.
const (
	Limit       = 1 << 20
	limitExp    = 20
	maxFloatExp = 120 // float32 overflows at 2^128
)

// fate is what is known of a value under the conditions 1 and 2 of Skip.
type fate struct {
	stable bool // as in the last evaluation, up to the sign of a zero
	sign   bool // if it is 0, its sign may have changed
	zero   bool // it is 0; implies stable and sign
	exp    int  // magnitude ≤ 2^exp if needs are bounded; -1 is unknown
	needs  []int32
}

func findSkip(p *plan.Program, k *Kernel) *Skip {
	written := make(map[int32]int) // buffer → number of operations that write it
	for _, op := range p.Ops {
		for _, b := range plan.Writes(op) {
			written[int32(b)]++
		}
	}
	mine := map[int32]bool{}
	some := false
	for _, s := range k.Stores {
		mine[s.Buf] = true
		some = some || s.Level == Both
	}
	if !some {
		return nil
	}
	a := &skipAnalysis{k: k, fates: make([]fate, len(k.Values)), skip: &Skip{}}
	for i, v := range k.Values {
		a.fates[i] = a.fate(int32(i), v, written, mine)
	}
	for _, s := range k.Stores {
		if s.Level == Both && !a.fates[s.Value].stable {
			return nil
		}
	}
	if len(a.skip.Zero) == 0 {
		return nil // nothing but w changes: columns would hardly ever be left out
	}
	return a.skip
}

type skipAnalysis struct {
	k     *Kernel
	fates []fate
	skip  *Skip
}

func add(set *[]int32, v int32) {
	if !slices.Contains(*set, v) {
		*set = append(*set, v)
	}
}

// require makes the bound of f a condition.
func (a *skipAnalysis) require(f fate) {
	for _, v := range f.needs {
		if a.k.Values[v].Level == Both {
			add(&a.skip.Own, v)
		} else {
			add(&a.skip.Bounded, v)
		}
	}
}

func (a *skipAnalysis) fate(id int32, v Value, written map[int32]int, mine map[int32]bool) fate {
	unknown := fate{exp: -1}
	var x, y, z fate
	for i, o := range [3]int32{v.A, v.B, v.C} {
		if o >= 0 {
			*[3]*fate{&x, &y, &z}[i] = a.fates[o]
		}
	}
	union := func(fs ...fate) (n []int32) {
		for _, f := range fs {
			for _, v := range f.needs {
				add(&n, v)
			}
		}
		return n
	}
	exp := func(e int, fs ...fate) int {
		for _, f := range fs {
			if f.exp < 0 {
				return -1
			}
		}
		if e > maxFloatExp {
			return -1
		}
		return e
	}
	both := fate{stable: x.stable && y.stable, sign: x.sign || y.sign, exp: -1}
	switch v.Op {
	case Const, Dt, Element:
		f := fate{stable: true, exp: -1}
		if v.Op == Const && v.Float() <= Limit && v.Float() >= -Limit {
			f.exp = limitExp
		}
		return f
	case Load:
		f := fate{exp: limitExp, needs: []int32{id}}
		switch {
		case v.Level == Both:
			// Own values are compared after an evaluation when this sweep
			// alone writes them.
			f.stable = written[v.Buf] == 0 || written[v.Buf] == 1 && mine[v.Buf]
		default:
			f.stable = written[v.Buf] == 0
		}
		f.stable = f.stable && v.Ring.Slots <= 1 // another row in every step
		if v.Type != model.Float || v.Level == Both && v.Ring.Slots > 1 {
			f.exp, f.needs = -1, nil
		}
		return f
	case Time, Rand, Step, Gather:
		return unknown
	case Neg, Not:
		x.sign = x.sign && v.Type == model.Float
		return x
	case Mul:
		if v.Type != model.Float {
			break
		}
		if v.Level == Both {
			if f, ok := a.product(v, x, y); ok {
				return f
			}
		}
		both.exp = exp(x.exp+y.exp, x, y)
		both.needs = union(x, y)
		return both
	case Add, Sub:
		if v.Type != model.Float {
			break
		}
		both.zero = x.zero && y.zero
		both.exp = exp(max(x.exp, y.exp)+1, x, y)
		both.needs = union(x, y)
		return both
	case Div:
		if y.sign {
			return unknown
		}
		return both
	case Lt, Le, Gt, Ge, Eq, Ne:
		both.sign = false
		return both
	case Select:
		f := fate{stable: x.stable && y.stable && z.stable, sign: y.sign || z.sign, zero: x.stable && y.zero && z.zero}
		f.exp, f.needs = exp(max(y.exp, z.exp), y, z), union(y, z)
		return f
	case Call:
		switch v.Fn {
		case model.Min, model.Max:
			both.exp, both.needs = exp(max(x.exp, y.exp), x, y), union(x, y)
			return both
		case model.Abs:
			x.sign, x.zero = false, false
			return x
		}
	}
	// Everything else is a function of exact operands.
	f := fate{stable: true, exp: -1}
	for _, o := range v.Operands() {
		f.stable = f.stable && a.fates[o].stable && !a.fates[o].sign
	}
	return f
}

// product recognises products that are 0: with a factor that is known to be 0,
// or with a changing factor of level Post, which becomes a condition.
func (a *skipAnalysis) product(v Value, x, y fate) (fate, bool) {
	zero := fate{stable: true, sign: true, zero: true, exp: 0}
	for _, c := range []struct {
		id       int32
		f, other fate
	}{{v.A, x, y}, {v.B, y, x}} {
		if c.other.exp < 0 {
			continue
		}
		if c.f.zero {
			a.require(c.other)
			return zero, true
		}
		if a.k.Values[c.id].Level == Post && !c.f.stable {
			add(&a.skip.Zero, c.id)
			a.require(c.other)
			return zero, true
		}
	}
	return fate{}, false
}
