package cell

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"
)

// A model of functions and methods that call each other by name, as a language
// with late binding has them: number i calls those below i and returns its own
// number plus what they return.
type callModel struct {
	own    [6]int   // number; 0: not declared yet
	calls  [6][]int // whom it calls
	method [6]bool  // a method of thing, called on the variable it
	extra  [6]bool  // it has another signature: a variadic parameter more
}

func (m *callModel) value(i int) int {
	total := m.own[i]
	for _, c := range m.calls[i] {
		total += m.value(c)
	}
	return total
}

func (m *callModel) call(i int) string {
	if m.method[i] {
		return fmt.Sprintf("it.m%d()", i)
	}
	return fmt.Sprintf("f%d()", i)
}

func (m *callModel) text(i int) string {
	parts := []string{fmt.Sprint(m.own[i])}
	for _, c := range m.calls[i] {
		parts = append(parts, m.call(c))
	}
	params := ""
	if m.extra[i] {
		params = "more ...int"
	}
	if m.method[i] {
		return fmt.Sprintf("func (t thing) m%d(%s) int { return %s }", i, params, strings.Join(parts, " + "))
	}
	return fmt.Sprintf("func f%d(%s) int { return %s }", i, params, strings.Join(parts, " + "))
}

// Whatever is declared again in whatever cell, everybody calls the newest.
func TestCallsReachTheNewestDeclarations(t *testing.T) {
	seeds := 2
	if testing.Short() {
		seeds = 1
	}
	for seed := range seeds {
		t.Run(fmt.Sprint("seed_", seed+1), func(t *testing.T) {
			rng := rand.New(rand.NewSource(int64(seed + 1)))
			n := newNotebook(t)
			m := &callModel{}
			for i := range m.method {
				m.method[i] = rng.Intn(2) == 0
			}
			n.run("type thing struct{ n int; next *thing }\nit := thing{n: 1}\nkept := &it")
			for cell := range 9 {
				var lines []string
				for i := range m.own {
					// At first all in order, then some again.
					if m.own[i] != 0 && rng.Intn(4) > 0 || m.own[i] == 0 && cell < i/2 {
						continue
					}
					m.own[i], m.calls[i], m.extra[i] = 1+rng.Intn(1000), nil, rng.Intn(3) == 0
					for c := range i {
						if m.own[c] != 0 && rng.Intn(2) == 0 {
							m.calls[i] = append(m.calls[i], c)
						}
					}
					lines = append(lines, m.text(i))
				}
				rng.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
				if rng.Intn(3) == 0 {
					lines = append(lines, "type thing struct{ n int; next *thing }")
				}
				if rng.Intn(3) == 0 {
					lines = append(lines, fmt.Sprintf("type thing struct{ n int; next *thing \"%d\" }", cell)) // another tag: a new type
					if len(lines) > 1 && strings.HasPrefix(lines[len(lines)-2], "type") {
						lines = append(lines[:len(lines)-2], lines[len(lines)-1])
					}
				}
				if len(lines) > 0 {
					if got := n.run(strings.Join(lines, "\n")); got != "" {
						t.Fatalf("cell %d:\n%s\nsays %s", n.count, strings.Join(lines, "\n"), got)
					}
				}
				var calls, want []string
				for i := range m.own {
					if m.own[i] != 0 {
						calls = append(calls, m.call(i))
						want = append(want, fmt.Sprint(m.value(i)))
					}
				}
				if len(calls) > 0 {
					n.want("fmt.Println("+strings.Join(calls, ", ")+", kept == &it, kept.n)", strings.Join(want, " ")+" true 1")
				}
			}
		})
	}
}
