package model

import (
	"fmt"
	"math"
	"strings"
)

// dim are the exponents of ms, mV, nA and µm in a quantity's unit. All other
// units are made of these: nF = nA·ms/mV, MΩ = mV/nA, µS = nA/mV.
type dim [4]float64

// unit is a unit word: its size in the units above, and its dimension.
type unit struct {
	size float64
	dim  dim
}

var (
	none    = dim{}
	ofTime  = dim{1, 0, 0, 0}
	perTime = dim{-1, 0, 0, 0}
	voltage = dim{0, 1, 0, 0}
	current = dim{0, 0, 1, 0}
	length  = dim{0, 0, 0, 1}
	charge  = dim{1, 0, 1, 0}
	ability = dim{1, -1, 1, 0} // to hold charge: capacitance
	conduct = dim{0, -1, 1, 0}
	resist  = dim{0, 1, -1, 0}
)

// unitTable holds the words of units. The SI names say a dimension only where a
// variable is declared; its values are in ms, mV, nA, nF, MΩ, µS all the same.
var unitTable = map[string]unit{
	"1": {1, none}, "ms": {1, ofTime}, "us": {1e-3, ofTime}, "s": {1e3, ofTime}, "second": {1e3, ofTime},
	"Hz": {1e-3, perTime}, "hertz": {1e-3, perTime}, "kHz": {1, perTime},
	"mV": {1, voltage}, "uV": {1e-3, voltage}, "V": {1e3, voltage}, "volt": {1e3, voltage},
	"nA": {1, current}, "pA": {1e-3, current}, "uA": {1e3, current}, "mA": {1e6, current}, "A": {1e9, current}, "amp": {1e9, current}, "ampere": {1e9, current},
	"nF": {1, ability}, "pF": {1e-3, ability}, "uF": {1e3, ability}, "farad": {1e9, ability},
	"µS": {1, conduct}, "μS": {1, conduct}, "uS": {1, conduct}, "nS": {1e-3, conduct}, "mS": {1e3, conduct}, "siemens": {1e6, conduct},
	"MΩ": {1, resist}, "Mohm": {1, resist}, "kohm": {1e-3, resist}, "ohm": {1e-6, resist},
	"pC": {1, charge}, "um": {1, length}, "umetre": {1, length}, "cm": {1e4, length}, "metre": {1e6, length}, "meter": {1e6, length},
}

// plainNames are SI names that declare a dimension.
var plainNames = map[string]bool{
	"second": true, "hertz": true, "volt": true, "V": true, "amp": true, "ampere": true, "A": true, "s": true, "farad": true, "siemens": true,
	"ohm": true, "metre": true, "meter": true,
}

// parseUnit reads a product of unit words with whole powers: "nA*ms/mV^2".
func parseUnit(word string) (d dim, why string) {
	sign := 1.0
	rest := word
	for rest != "" {
		end := strings.IndexAny(rest, "*/^")
		if end < 0 {
			end = len(rest)
		}
		u, ok := unitTable[rest[:end]]
		if !ok {
			return d, fmt.Sprintf("%q is no unit", rest[:end])
		}
		if u.size != 1 && !plainNames[rest[:end]] {
			return d, fmt.Sprintf("values are in ms, mV, nA, nF, MΩ, µS, kHz, not in %s", rest[:end])
		}
		rest = rest[end:]
		power := 1.0
		if tail, ok := strings.CutPrefix(rest, "^"); ok {
			i := 0
			for i < len(tail) && (tail[i] == '-' && i == 0 || tail[i] >= '0' && tail[i] <= '9') {
				i++
			}
			if _, err := fmt.Sscanf(tail[:i], "%g", &power); err != nil || math.Abs(power) > 9 {
				return d, "want a whole power after ^"
			}
			rest = tail[i:]
		}
		d = d.plus(u.dim, sign*power)
		switch {
		case rest == "":
		case rest[0] == '*' && len(rest) > 1:
			sign, rest = 1, rest[1:]
		case rest[0] == '/' && len(rest) > 1:
			sign, rest = -1, rest[1:]
		default:
			return d, "want a product of units"
		}
	}
	return d, ""
}

func (d dim) plus(e dim, times float64) dim {
	for i := range d {
		d[i] += times * e[i]
	}
	return d
}

// String writes a dimension in the units that values are in.
func (d dim) String() string {
	for _, name := range []string{"ms", "kHz", "mV", "nA", "nF", "µS", "MΩ", "um"} {
		if unitTable[name].dim == d {
			return name
		}
	}
	var up, down []string
	for i, base := range []string{"ms", "mV", "nA", "um"} {
		power := func(p float64) string {
			if p == 1 {
				return base
			}
			return fmt.Sprintf("%s^%g", base, p)
		}
		if d[i] > 0 {
			up = append(up, power(d[i]))
		} else if d[i] < 0 {
			down = append(down, power(-d[i]))
		}
	}
	if up == nil {
		up = []string{"1"}
	}
	if down == nil {
		return strings.Join(up, "*")
	}
	return strings.Join(up, "*") + "/" + strings.Join(down, "/")
}

// unitFlag tells whether a flag is a unit.
func unitFlag(f flag) bool {
	_, ok := unitTable[f.word]
	return f.value == nil && (f.unit || ok || unitWords[f.word])
}

// declareUnit notes the unit of a variable.
func (s *spiking) declareUnit(k *code, v *Symbol, f flag) {
	d, why := parseUnit(f.word)
	if why != "" {
		s.c.fail(flagNode(k.st, f), "units are products of ms, mV, nA, nF, MΩ, µS, kHz, and 1", "unit %q is not understood: %s", f.word, why)
		return
	}
	if f.word != "1" {
		s.measured = true
	}
	if old, ok := s.dims[v]; ok && old != d {
		s.c.fail(flagNode(k.st, f), "", "%q is in %s already", v.Name, old)
		return
	}
	s.dims[v] = d
}

// givenUnits reads Source.Units.
func (s *spiking) givenUnits() {
	c := s.c
	for _, n := range sortedNames(c.src.Units) {
		d, why := parseUnit(strings.ReplaceAll(c.src.Units[n], " ", ""))
		if why != "" {
			c.errs.global("model", c.src.Units[n], "units are products of ms, mV, nA, nF, MΩ, µS, kHz, and 1", "unit %q of %s is not understood: %s", c.src.Units[n], n, why)
			continue
		}
		if _, ok := c.src.Params[n]; !ok && n != s.weightName() && c.src.Kind != SpikingNeuron {
			c.errs.global("model", n, hintOr(didYouMean(n, sortedNames(c.src.Params)), "units of variables stand in the equations"), "%q has a unit, but is no parameter", n)
		}
		s.measured = s.measured || c.src.Units[n] != "1"
		s.named[n] = d
	}
}

func (s *spiking) weightName() string {
	if s.c.src.Weight != "" {
		return s.c.src.Weight
	}
	return "w"
}

// checkUnits refuses a model of which only a part has units.
func (s *spiking) checkUnits() {
	if !s.measured {
		return
	}
	for _, v := range s.c.varOrder {
		if _, ok := s.dims[v]; ok {
			continue
		}
		if d, ok := s.named[v.Name]; ok {
			s.dims[v] = d
			continue
		}
		if k := s.defined[v.Name]; k != nil && v.Type == Float {
			s.c.errs.at(k.st.source, v.Pos, v.Name, "add : mV or the like, or : 1 for a plain number", "%q has no unit, but others have: give all or none", v.Name)
		}
	}
	for _, n := range sortedNames(s.c.src.Params) {
		if _, ok := s.named[n]; !ok {
			s.c.errs.global("parameters", n, `give it with the units, "1" for a plain number`, "parameter %q has no unit, but others have: give all or none", n)
		}
	}
}

// measure checks the dimensions of an expression as written and gives its own.
// known is false where nothing is known of it, as of another neuron's variable.
func (s *spiking) measure(n *node, e Expr) (d dim, known bool) {
	if !s.measured || e == nil || s.c.errs.count() > 0 {
		return none, false
	}
	m := measuring{s, n, map[Expr]measured{}}
	r := m.of(e)
	return r.dim, r.known
}

// fitsUnit checks that a value has the unit of a variable.
func (s *spiking) fitsUnit(n *node, e Expr, v *Symbol) {
	d, known := s.measure(n, e)
	want, declared := s.dims[v]
	if !known {
		return
	}
	if s.locals[v] && !declared {
		s.dims[v] = d
	} else if declared && d != want && s.c.errs.count() == 0 {
		s.c.fail(n, "check the terms", "%q is in %s, but its value is in %s", v.Name, want, d)
	}
}

type measured struct {
	dim   dim
	known bool
}

type measuring struct {
	s    *spiking
	at   *node
	memo map[Expr]measured
}

func (m *measuring) of(e Expr) measured {
	if r, ok := m.memo[e]; ok {
		return r
	}
	r := m.rule(e)
	m.memo[e] = r
	return r
}

func (m *measuring) fail(e Expr, hint, format string, args ...any) {
	if m.s.c.errs.count() > 0 {
		return // one mistake in units makes others
	}
	n := m.s.c.where[e]
	if n == nil {
		n = m.at
	}
	m.s.c.fail(n, hint, format, args...)
}

// same wants terms of one unit.
func (m *measuring) same(whole, x, y Expr) measured {
	a, b := m.of(x), m.of(y)
	switch {
	case !a.known:
		return b
	case b.known && a.dim != b.dim:
		m.fail(whole, "convert one of them", "%s is in %s, but %s is in %s", m.brief(x), a.dim, m.brief(y), b.dim)
	}
	return a
}

// brief is an expression as written, or as understood where that is not known.
func (m *measuring) brief(e Expr) string {
	text := []rune(Text(e))
	if n := m.s.c.where[e]; n != nil && n.end > n.start {
		text = []rune(m.s.c.t.slice(n.start, n.end))
	}
	if len(text) > 40 {
		text = append(text[:39], '…')
	}
	return string(text)
}

func (m *measuring) plain(whole, x Expr, what string) {
	if a := m.of(x); a.known && a.dim != none {
		m.fail(whole, "divide by a quantity of that unit", "%s wants a plain number, but %s is in %s", what, m.brief(x), a.dim)
	}
}

func (m *measuring) rule(e Expr) measured {
	plain := measured{none, true}
	switch e := e.(type) {
	case *Const:
		if d, ok := m.s.literals[e]; ok {
			return measured{d, true}
		}
		return measured{none, e.V != 0 || e.T != Float} // 0 is 0 in every unit
	case *Ref:
		return m.symbol(e.Sym)
	case *Unary:
		return m.of(e.X)
	case *Binary:
		switch e.Op {
		case Add, Sub:
			return m.same(e, e.X, e.Y)
		case Mul, Div:
			sign := 1.0
			if e.Op == Div {
				sign = -1
			}
			x, y := m.of(e.X), m.of(e.Y)
			return measured{x.dim.plus(y.dim, sign), x.known && y.known}
		case And, Or:
			m.of(e.X)
			m.of(e.Y)
			return plain
		}
		m.same(e, e.X, e.Y)
		return plain
	case *Select:
		m.of(e.Cond)
		return m.same(e, e.Then, e.Else)
	case *Rand:
		switch e.Dist {
		case UniformDist, NormalDist:
			return m.same(e, e.Args[0], e.Args[1])
		case ExponentialDist:
			a := m.of(e.Args[0])
			return measured{none.plus(a.dim, -1), a.known}
		}
		for _, a := range e.Args {
			m.plain(e, a, distNames[e.Dist])
		}
		return plain
	case *Call:
		return m.call(e)
	}
	return measured{}
}

func (m *measuring) call(e *Call) measured {
	plain := measured{none, true}
	switch e.Fn {
	case Abs, ToFloat, ToInt, Past:
		return m.of(e.Args[0])
	case Min, Max, Mod:
		return m.same(e, e.Args[0], e.Args[1])
	case Sign, IsNaN, IsFinite:
		m.of(e.Args[0])
		return plain
	case Sqrt:
		a := m.of(e.Args[0])
		return measured{none.plus(a.dim, 0.5), a.known}
	case Pow:
		m.plain(e, e.Args[1], "an exponent")
		a := m.of(e.Args[0])
		if v, ok := constOf(m.s.g.substitute(e.Args[1], nil, nil)); ok {
			return measured{none.plus(a.dim, v), a.known}
		}
		m.plain(e, e.Args[0], "a power that varies")
		return plain
	}
	m.plain(e, e.Args[0], funcNames[e.Fn])
	return plain
}

func (m *measuring) symbol(v *Symbol) measured {
	s := m.s
	switch v.Kind {
	case Time, Dt:
		return measured{ofTime, true}
	case Element, Size, StepNow, LastSpike:
		return measured{none, true}
	case Param, Input:
		d, ok := s.named[v.Name]
		return measured{d, ok}
	case Var, Temp:
		if d, ok := s.dims[v]; ok {
			return measured{d, true}
		}
		if v.Kind == Temp && strings.HasPrefix(v.Name, "xi") {
			return measured{none.plus(ofTime, -0.5), true}
		}
		if name, ok := strings.CutSuffix(v.Name, "/dt"); ok { // the derivative of an equation
			d, ok := s.dims[s.c.vars[name[1:]]]
			return measured{d.plus(ofTime, -1), ok}
		}
	}
	return measured{}
}
