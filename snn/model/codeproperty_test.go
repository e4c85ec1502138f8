package model

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// program is random code beside what it does, told by Go.
type program struct {
	text strings.Builder
	t    *rapid.T
	next int // number of the next local
}

// state is what the code changes: variables and locals by name, and what is emitted.
type state map[string]float64

type action func(state)

// expression draws one of the names at hand.
func (p *program) expression(names []string, depth int) (string, func(state) float64) {
	switch k := rapid.IntRange(0, 7).Draw(p.t, "expr"); {
	case k <= 2 || depth > 3:
		n := rapid.SampledFrom(names).Draw(p.t, "name")
		return n, func(s state) float64 { return s[n] }
	case k == 3:
		v := float64(rapid.IntRange(-3, 3).Draw(p.t, "number"))
		return fmt.Sprintf("(%g)", v), func(state) float64 { return v }
	case k == 4:
		c, cond := p.condition(names, depth+1)
		a, x := p.expression(names, depth+1)
		b, y := p.expression(names, depth+1)
		return fmt.Sprintf("(%s ? %s : %s)", c, a, b), func(s state) float64 {
			if cond(s) {
				return x(s)
			}
			return y(s)
		}
	}
	op := rapid.SampledFrom([]string{"+", "-", "*"}).Draw(p.t, "op")
	a, x := p.expression(names, depth+1)
	b, y := p.expression(names, depth+1)
	return fmt.Sprintf("(%s %s %s)", a, op, b), func(s state) float64 {
		u, v := x(s), y(s)
		switch op {
		case "+":
			return u + v
		case "-":
			return u - v
		}
		return u * v
	}
}

func (p *program) condition(names []string, depth int) (string, func(state) bool) {
	a, x := p.expression(names, depth+1)
	b, y := p.expression(names, depth+1)
	if rapid.Bool().Draw(p.t, "less") {
		return a + " < " + b, func(s state) bool { return x(s) < y(s) }
	}
	return "!(" + a + " == " + b + ")", func(s state) bool { return x(s) != y(s) }
}

func (p *program) block(indent string, names []string, depth int) action {
	var acts []action
	names = append([]string(nil), names...)
	for range rapid.IntRange(1, 4).Draw(p.t, "statements") {
		switch k := rapid.IntRange(0, 6).Draw(p.t, "statement"); {
		case k == 0:
			name := fmt.Sprintf("a%d", p.next)
			p.next++
			e, x := p.expression(names, 0)
			fmt.Fprintf(&p.text, "%sscalar %s = %s;\n", indent, name, e)
			acts = append(acts, func(s state) { s[name] = x(s) })
			names = append(names, name)
		case k == 1 && depth < 3:
			c, cond := p.condition(names, 1)
			fmt.Fprintf(&p.text, "%sif (%s) {\n", indent, c)
			then := p.block(indent+"  ", names, depth+1)
			els := action(func(state) {})
			fmt.Fprintf(&p.text, "%s}\n", indent)
			if rapid.Bool().Draw(p.t, "else") {
				fmt.Fprintf(&p.text, "%selse {\n", indent)
				els = p.block(indent+"  ", names, depth+1)
				fmt.Fprintf(&p.text, "%s}\n", indent)
			}
			acts = append(acts, func(s state) {
				if cond(s) {
					then(s)
				} else {
					els(s)
				}
			})
		case k == 2 && depth < 2:
			i, n := fmt.Sprintf("i%d", p.next), rapid.IntRange(0, 3).Draw(p.t, "turns")
			p.next++
			fmt.Fprintf(&p.text, "%sfor (int %s = 0; %s < %d; %s++) {\n", indent, i, i, n, i)
			body := p.block(indent+"  ", append(names, i), depth+1)
			fmt.Fprintf(&p.text, "%s}\n", indent)
			acts = append(acts, func(s state) {
				for v := range n {
					s[i] = float64(v)
					body(s)
				}
			})
		case k == 3:
			e, x := p.expression(names, 0)
			fmt.Fprintf(&p.text, "%saddToPost(%s);\n", indent, e)
			acts = append(acts, func(s state) { s["post.in"] += x(s) })
		default:
			var to []string
			for _, n := range names {
				if !strings.HasPrefix(n, "i") {
					to = append(to, n)
				}
			}
			name := rapid.SampledFrom(to).Draw(p.t, "target")
			e, x := p.expression(names, 0)
			if rapid.Bool().Draw(p.t, "add") {
				fmt.Fprintf(&p.text, "%s%s += %s;\n", indent, name, e)
				acts = append(acts, func(s state) { s[name] += x(s) })
			} else {
				fmt.Fprintf(&p.text, "%s%s = %s;\n", indent, name, e)
				acts = append(acts, func(s state) { s[name] = x(s) })
			}
		}
	}
	return func(s state) {
		for _, a := range acts {
			a(s)
		}
	}
}

// Random code with locals, conditions and loops does in straight lines what it
// does statement by statement. Numbers are whole, so that sums are exact in any
// order, as long as they stay small: other runs are not compared.
func TestCodeAgainstGo(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := &program{t: rt}
		run := p.block("", []string{"x", "y", "z"}, 0)
		m, err := Parse(Source{Kind: SpikingSynapse, Weight: "x", Equations: "y : init=0; z : init=0", OnPre: p.text.String()})
		if err != nil {
			rt.Fatalf("%s\n%v", p.text.String(), err)
		}
		for range 3 {
			s := state{}
			k := newSpiker(m, 1)
			for _, n := range []string{"x", "y", "z"} {
				s[n] = float64(rapid.IntRange(-4, 4).Draw(rt, n))
				k.set(n, s[n])
			}
			run(s)
			k.run(m.OnPre)
			got := state{"x": k.get("x"), "y": k.get("y"), "z": k.get("z"), "post.in": k.emitted["post.in"]}
			for _, n := range []string{"x", "y", "z", "post.in"} {
				if big(s) {
					return
				}
				if got[n] != s[n] {
					rt.Fatalf("%s\n%s = %g, want %g\n%s", p.text.String(), n, got[n], s[n], m)
				}
			}
		}
	})
}

func big(s state) bool {
	for _, v := range s {
		if !(math.Abs(v) < 1<<20) {
			return true
		}
	}
	return false
}
