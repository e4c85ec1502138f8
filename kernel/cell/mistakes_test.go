package cell

import (
	"strings"
	"testing"
)

// What people write again and again, and what they are told.
func TestHintsForCommonMistakes(t *testing.T) {
	n := newNotebook(t)
	n.run("type T struct{ a int }\nfunc (t *T) Set(i int) { t.a = i }\ntype setter interface { Set(int) }\nxs := []int{1}\nm := map[string]T{}\ncount, word, ratio := 1, \"a\", 0.5\nvar ptr *T\nfunc pair() (int, error) { return 1, nil }\nvar anything any = 1")
	for code, hint := range map[string]string{
		"v := strconv.Atoi(\"1\")":            "it gives 2 values; take them first: v, err := strconv.Atoi(…)",
		"a, b, c := pair()":                   "it gives 2 values; take them first: v, err := pair()",
		"f := pair() + 1":                     "it gives 2 values; take them first: v, err := pair()",
		"before := strings.Cut(\"a\", \"b\")": "it gives 3 values; take them first: v, w, ok := strings.Cut(…)",
		"math.Abs(pair())":                    "the call inside gives an error too; take its values first: v, err := …",
		"func sign(x int) int {\n\tif x > 0 {\n\t\treturn 1\n\t}\n}": "every way through the function must end in return",
		"if count {\n}":                 "a condition is true or false: count != 0",
		"if word {\n}":                  "a condition is true or false: word != \"\"",
		"for ptr {\n}":                  "a condition is true or false: ptr != nil",
		"m[\"a\"].a = 3":                "take the value out, change it and put it back: v := m[key]; v.field = …; m[key] = v",
		"var s setter = T{}":            "its methods are those of a pointer; take the address: &value",
		"xs == xs":                      "slices are compared by slices.Equal(a, b)",
		"m == m":                        "maps are compared by maps.Equal(a, b)",
		"T{}.Set(1)":                    "put the value into a variable first: v := …",
		"count()":                       "it is a variable of type int; parentheses behind a name call a function",
		"for i := range 2.5 {\n}":       "a loop counts by an int: range int(…)",
		"len(count)":                    "len is for text, slices, arrays, maps and channels",
		"var i int = nil":               "only pointers, slices, maps, channels, functions and interfaces can be nil; the zero of a number is 0, of text \"\"",
		"var i int = \"3\"":             "numbers stand without quotes",
		"count = word":                  "text becomes a number by strconv.Atoi(s)",
		"ratio = word":                  "text becomes a number by strconv.ParseFloat(s, 64)",
		"word = count":                  "a number becomes text by fmt.Sprint(x)",
		"count := 2, 3":                 "a list of values is written []int{…}; several variables have commas between them",
		"const c = count":               "a constant must be known before the program runs; use var or := for this",
		"\"a\" + count":                 "text and numbers are put together by fmt.Sprint(a, b) or fmt.Sprintf(\"… %v\", x)",
		"\"a\" * 3":                     "text is repeated by strings.Repeat(s, n)",
		"var e error = \"text\"":        "an error is made by errors.New(text) or fmt.Errorf(…)",
		"math.sqrt(2)":                  "did you mean math.Sqrt? what a package gives away begins with an upper-case letter",
		"var u uint = -1":               "unsigned numbers are 0 or more; use int",
		"func f(a, b) int { return 1 }": "each parameter has a name and a type: func f(a int, b float64)",
		"count ** 2":                    "Go has no **; powers are math.Pow(x, y)",
		"var x [count]int":              "the length of an array is a constant; a slice has any length: make([]int, n)",
		"T{1, 2}":                       "name the fields, as in T{field: value}",
		"anything + 1":                  "say what the any holds: v.(int), or v, ok := x.(int) to ask first",
		"anything.a":                    "say what the any holds: v.(int), or v, ok := x.(int) to ask first",
		"fmt := 3\nfmt.Println(1)":      "fmt is a variable of this cell and hides the package; give it another name",
		"xs.sort()":                     "slices.Sort(xs)",
		"word.upper()":                  "strings.ToUpper(word)",
		"m.keys()":                      "slices.Sorted(maps.Keys(m))",
		"raise":                         "in Go: return errors.New(…)",
		"if count = 2 {\n}":             "a comparison is written ==",
		"y := count++":                  "x++ and x-- are statements of their own and have no value",
		"list := [1, 2, 3]":             "a list of values is written []int{1, 2, 3}",
		"d := {\"a\": 1}":               "values in braces have their type in front: map[string]int{…}, Name{…}",
		"f\"{count}\"":                  "values are put into text by fmt.Sprintf(\"… %v\", x)",
		"lambda x: x":                   "functions without a name are written func(x int) int { … }",
		"defer count":                   "parentheses make it a call: f(…)",
	} {
		n.count++
		p := n.fails(code)
		if got := p.List[0].Hint; got != hint {
			t.Errorf("%s\n%s\nhint %q\nwant %q", strings.ReplaceAll(code, "\n", "; "), p.List[0].Message, got, hint)
		}
	}
}
