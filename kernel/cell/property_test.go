package cell

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// program is a generator of programs: lines that define, change and print
// variables, call functions and use types, each complete in itself.
func program(t *rapid.T) []string {
	var lines []string
	kinds := map[string]string{} // variable → type
	funcs := 0
	fixed := map[string]bool{} // variables that a function uses keep their type
	names := []string{"a", "b", "c", "x", "Y"}
	value := func(kind string) string {
		var same []string
		for n, k := range kinds {
			if k == kind {
				same = append(same, n)
			}
		}
		if len(same) > 0 && rapid.Bool().Draw(t, "use") {
			slices.Sort(same)
			v := rapid.SampledFrom(same).Draw(t, "operand")
			if kind == "int" {
				return v + fmt.Sprintf("%%997 + %d", rapid.IntRange(0, 9).Draw(t, "n"))
			}
			return v
		}
		switch kind {
		case "int":
			return fmt.Sprint(rapid.IntRange(0, 99).Draw(t, "n"))
		case "string":
			return fmt.Sprintf("%q", rapid.StringMatching(`[a-z]{0,3}`).Draw(t, "s"))
		}
		return fmt.Sprintf("pt{%d, %q}", rapid.IntRange(0, 9).Draw(t, "n"), "k")
	}
	lines = append(lines, "type pt struct { n int; s string }\nfunc (p pt) twice() int { return 2 * p.n }")
	for range rapid.IntRange(6, 14).Draw(t, "lines") {
		name := rapid.SampledFrom(names).Draw(t, "name")
		kind := rapid.SampledFrom([]string{"int", "string", "pt"}).Draw(t, "kind")
		old, have := kinds[name]
		if have && fixed[name] {
			kind = old
		}
		switch rapid.SampledFrom([]string{"define", "define", "var", "assign", "loop", "func", "print", "closure"}).Draw(t, "what") {
		case "define":
			lines = append(lines, fmt.Sprintf("%s := %s", name, value(kind)))
			kinds[name] = kind
		case "var":
			lines = append(lines, fmt.Sprintf("var %s %s = %s", name, kind, value(kind)))
			kinds[name] = kind
		case "assign":
			if have {
				lines = append(lines, fmt.Sprintf("%s = %s", name, value(old)))
			}
		case "loop":
			if have && old == "int" {
				lines = append(lines, fmt.Sprintf("for %s := range 4 {\n\tx := %s * 2\n\tif x > 2 { fmt.Print(x, \" \") }\n}", name, name),
					fmt.Sprintf("for i := range 3 { %s += i }", name))
			}
		case "func":
			if have {
				funcs++
				fixed[name] = true
				lines = append(lines, fmt.Sprintf("func f%d(k int) string {\n\treturn fmt.Sprint(k, %s)\n}", funcs, name), fmt.Sprintf("fmt.Println(f%d(%d))", funcs, funcs))
			}
		case "closure":
			if have {
				fixed[name] = true
				lines = append(lines, fmt.Sprintf("g%d := func() { fmt.Println(\"g\", %s) }", len(lines), name), fmt.Sprintf("g%d()", len(lines)))
			}
		case "print":
			if have && old == "pt" {
				lines = append(lines, fmt.Sprintf("fmt.Println(%s.n, %s.twice(), %s.s)", name, name, name))
			} else if have {
				lines = append(lines, fmt.Sprintf("fmt.Println(%q, %s)", name, name))
			}
		}
	}
	for _, n := range names {
		if _, have := kinds[n]; have {
			lines = append(lines, fmt.Sprintf("fmt.Printf(\"%%v %%T\\n\", %s, %s)", n, n))
		}
	}
	return lines
}

// However a program is split into cells, it prints the same.
func TestSplittingIntoCellsChangesNothing(t *testing.T) {
	gen := rapid.Custom(func(t *rapid.T) [2][]string {
		lines := program(t)
		var cells []string
		for _, l := range lines {
			if len(cells) > 0 && rapid.IntRange(0, 3).Draw(t, "join") > 0 {
				cells[len(cells)-1] += "\n" + l
			} else {
				cells = append(cells, l)
			}
		}
		return [2][]string{{strings.Join(lines, "\n")}, cells}
	})
	programs := 6
	if testing.Short() {
		programs = 2
	}
	for seed := range programs {
		p := gen.Example(seed + 1)
		t.Run(fmt.Sprint("seed_", seed+1), func(t *testing.T) {
			var outputs [2]string
			for i, cells := range p {
				n := newNotebook(t)
				for _, c := range cells {
					outputs[i] += n.run(c)
				}
			}
			if outputs[0] != outputs[1] {
				t.Errorf("one cell:\n%s\nprints:\n%s\nas %d cells:\n%s\nprints:\n%s", p[0][0], outputs[0], len(p[1]), strings.Join(p[1], "\n---\n"), outputs[1])
			}
		})
	}
}
