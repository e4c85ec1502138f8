package cell

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"regexp"
	"strconv"
	"strings"
)

// A mistake is one that people make again and again, known by what the type
// checker says. The hint may refer to groups of the pattern: $1.
type mistake struct {
	message *regexp.Regexp
	hint    string
}

func known(message, hint string) mistake { return mistake{regexp.MustCompile(message), hint} }

var mistakes = []mistake{
	known(`^missing return$`, "every way through the function must end in return"),
	known(`^cannot assign to struct field .* in map$`, "take the value out, change it and put it back: v := m[key]; v.field = …; m[key] = v"),
	known(`\(method \w+ has pointer receiver\)$`, "its methods are those of a pointer; take the address: &value"),
	known(`\(slice can only be compared to nil\)$`, "slices are compared by slices.Equal(a, b)"),
	known(`\(map can only be compared to nil\)$`, "maps are compared by maps.Equal(a, b)"),
	known(`^cannot call pointer method `, "put the value into a variable first: v := …"),
	known(`^cannot range over .*(float|untyped float)`, "a loop counts by an int: range int(…)"),
	known(`^invalid argument: .* for built-in len$`, "len is for text, slices, arrays, maps and channels"),
	known(`^cannot use nil as (int|uint|float|string|bool)\w* value`, "only pointers, slices, maps, channels, functions and interfaces can be nil; the zero of a number is 0, of text \"\""),
	known(`^cannot use .*\((?:variable|value|constant .*) of type string\) as error value|^cannot use ".*\) as error value`, "an error is made by errors.New(text) or fmt.Errorf(…)"),
	known(`^cannot use "[-0-9.]+" \(.*string constant\) as (?:u?int|float)\w* value`, "numbers stand without quotes"),
	known(`^cannot use .* \((?:variable|value) of type string\) as u?int\w* value`, "text becomes a number by strconv.Atoi(s)"),
	known(`^cannot use .* \((?:variable|value) of type string\) as float\w* value`, "text becomes a number by strconv.ParseFloat(s, 64)"),
	known(`^cannot use .* \((?:variable|value) of type (?:u?int|float)\w*\) as string value`, "a number becomes text by fmt.Sprint(x)"),
	known(`^assignment mismatch: 1 variable but \d+ values$`, "a list of values is written []int{…}; several variables have commas between them"),
	known(` is not constant$`, "a constant must be known before the program runs; use var or := for this"),
	known(`invalid operation: .* \* .*\(mismatched types (?:untyped )?string and (?:untyped )?int`, "text is repeated by strings.Repeat(s, n)"),
	known(`\(mismatched types (?:untyped )?string and (?:untyped )?(?:int|float|rune)\w*\)$|\(mismatched types (?:untyped )?(?:int|float|rune)\w* and (?:untyped )?string\)$`, "text and numbers are put together by fmt.Sprint(a, b) or fmt.Sprintf(\"… %v\", x)"),
	known(`\(mismatched types any and |\(mismatched types .* and any\)$| undefined \(type any has no `, "say what the any holds: v.(int), or v, ok := x.(int) to ask first"),
	known(`^invalid array length `, "the length of an array is a constant; a slice has any length: make([]int, n)"),
	known(`^too (?:many|few) values in struct literal`, "name the fields, as in T{field: value}"),
	known(`cannot call .* \(variable of type (.*)\): .* is not a function$`, "it is a variable of type $1; parentheses behind a name call a function"),
	known(`^constant -\d+ overflows u|^cannot use -\d+ .* as uint\w* value .*\(overflows\)$`, "unsigned numbers are 0 or more; use int"),
	known(`^invalid slice indices: `, "the first index is not above the second: s[from:to]"),
	known(`^invalid argument: index \d+ out of bounds`, "indices begin at 0"),
	known(`^cannot take address of `, "only variables have an address: v := …; &v"),
}

// mistakeHint finds the hint for a message, or "".
func mistakeHint(message string) string {
	for _, m := range mistakes {
		if groups := m.message.FindStringSubmatchIndex(message); groups != nil {
			return string(m.message.ExpandString(nil, m.hint, message, groups))
		}
	}
	return ""
}

var (
	tooFewNames  = regexp.MustCompile(`^assignment mismatch: (\d+) variables? but .* returns? (\d+) values?$`)
	singleValue  = regexp.MustCompile(`^multiple-value .* in single-value context$`)
	resultsGiven = regexp.MustCompile(`^too many arguments in call to .*\n\thave \(.*, error\)`)
	notExported  = regexp.MustCompile(`^name (\w+) not exported by package (\w+)$`)
	condition    = regexp.MustCompile(`^non-boolean condition in (if|for) statement$`)
)

// placeHint explains mistakes for which the place must be looked at.
func (k *checker) placeHint(e types.Error) string {
	switch msg := e.Msg; {
	case tooFewNames.MatchString(msg), singleValue.MatchString(msg):
		if call, results := k.callAt(e.Pos); call != "" {
			return "it gives " + strconv.Itoa(results.Len()) + " values; take them first: " + valueNames(results) + " := " + call
		}
	case resultsGiven.MatchString(msg):
		return "the call inside gives an error too; take its values first: v, err := …"
	case notExported.MatchString(msg):
		m := notExported.FindStringSubmatch(msg)
		name := strings.ToUpper(m[1][:1]) + m[1][1:]
		if pkg := k.packageNamed(m[2]); pkg != nil && pkg.Scope().Lookup(name) != nil {
			return "did you mean " + m[2] + "." + name + "? what a package gives away begins with an upper-case letter"
		}
	case condition.MatchString(msg):
		return "a condition is true or false" + k.comparison(e.Pos)
	case strings.HasPrefix(msg, "invalid operation: cannot indirect ") && strings.HasSuffix(strings.TrimRight(k.src.text[:max(k.src.offset(e.Pos), 0)], " "), "**"):
		return "Go has no **; powers are math.Pow(x, y)"
	case strings.HasPrefix(msg, "undefined: ") && k.isParameter(e.Pos):
		return "each parameter has a name and a type: func f(a int, b float64)"
	}
	return ""
}

// callAt returns the call at a place as "f(…)", with its results.
func (k *checker) callAt(pos token.Pos) (text string, results *types.Tuple) {
	for _, n := range k.nodes() {
		ast.Inspect(n, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || text != "" || pos < call.Pos() || pos > call.End() {
				return text == ""
			}
			if sig, ok := k.info.TypeOf(call.Fun).(*types.Signature); ok && sig.Results().Len() > 1 {
				start, end := k.src.offset(call.Fun.Pos()), k.src.offset(call.Fun.End())
				text, results = k.src.text[start:end]+"(…)", sig.Results()
				if len(call.Args) == 0 {
					text = k.src.text[start:end] + "()"
				}
			}
			return true
		})
	}
	return text, results
}

// valueNames proposes names for the results of a call: "v, err".
func valueNames(results *types.Tuple) string {
	letters := "vwxyz"
	var names []string
	for i := range results.Len() {
		switch {
		case i == results.Len()-1 && isError(results.At(i).Type()):
			names = append(names, "err")
		case i == results.Len()-1 && i > 0 && types.Identical(results.At(i).Type(), types.Typ[types.Bool]):
			names = append(names, "ok")
		case i < len(letters):
			names = append(names, letters[i:i+1])
		default:
			names = append(names, fmt.Sprint("v", i+1))
		}
	}
	return strings.Join(names, ", ")
}

// comparison proposes one for a condition that is none.
func (k *checker) comparison(pos token.Pos) (text string) {
	for _, n := range k.nodes() {
		ast.Inspect(n, func(n ast.Node) bool {
			x, ok := n.(ast.Expr)
			if !ok || x.Pos() != pos || text != "" {
				return text == ""
			}
			t := k.info.TypeOf(x)
			if t == nil {
				return true
			}
			zero := ""
			switch u := t.Underlying().(type) {
			case *types.Basic:
				switch {
				case u.Info()&types.IsNumeric != 0:
					zero = "0"
				case u.Info()&types.IsString != 0:
					zero = `""`
				}
			case *types.Pointer, *types.Slice, *types.Map, *types.Chan, *types.Signature, *types.Interface:
				zero = "nil"
			}
			if start, end := k.src.offset(x.Pos()), k.src.offset(x.End()); zero != "" && start >= 0 && end > start {
				text = ": " + k.src.text[start:end] + " != " + zero
			}
			return true
		})
	}
	return text
}

// isParameter reports whether an undefined name stands where the type of a
// parameter should: func f(a, b) declares two parameters of types a and b.
func (k *checker) isParameter(pos token.Pos) (found bool) {
	for _, n := range k.nodes() {
		ast.Inspect(n, func(n ast.Node) bool {
			f, ok := n.(*ast.FuncType)
			if !ok {
				return !found
			}
			for _, p := range f.Params.List {
				id, ok := p.Type.(*ast.Ident)
				found = found || ok && id.Pos() == pos && (len(p.Names) == 0 || types.Universe.Lookup(p.Names[0].Name) != nil)
			}
			return !found
		})
	}
	return found
}

// asFunction tells what takes the place of methods that other languages have.
func asFunction(t types.Type, value, method string) string {
	if t == nil {
		return ""
	}
	var table map[string]string
	switch u := t.Underlying().(type) {
	case *types.Slice, *types.Array:
		table = map[string]string{
			"append": "x = append(x, …)", "push": "x = append(x, …)", "add": "x = append(x, …)", "len": "len(x)", "length": "len(x)", "size": "len(x)", "count": "len(x)",
			"sort": "slices.Sort(x)", "reverse": "slices.Reverse(x)", "contains": "slices.Contains(x, …)", "includes": "slices.Contains(x, …)",
			"index": "slices.Index(x, …)", "max": "slices.Max(x)", "min": "slices.Min(x)", "copy": "slices.Clone(x)", "extend": "x = append(x, other...)", "join": "strings.Join(x, …)",
			"pop": "last := x[len(x)-1]; x = x[:len(x)-1]",
		}
	case *types.Map:
		table = map[string]string{
			"keys": "slices.Sorted(maps.Keys(x))", "values": "slices.Collect(maps.Values(x))", "items": "for key, value := range x { … }", "get": "value, ok := x[key]",
			"len": "len(x)", "size": "len(x)", "length": "len(x)", "has": "_, ok := x[key]", "delete": "delete(x, key)", "remove": "delete(x, key)", "pop": "delete(x, key)", "copy": "maps.Clone(x)",
		}
	case *types.Basic:
		if u.Info()&types.IsString != 0 {
			table = map[string]string{
				"len": "len(x)", "length": "len(x)", "upper": "strings.ToUpper(x)", "lower": "strings.ToLower(x)", "split": "strings.Split(x, …)", "strip": "strings.TrimSpace(x)", "trim": "strings.TrimSpace(x)",
				"replace": "strings.ReplaceAll(x, …, …)", "startswith": "strings.HasPrefix(x, …)", "endswith": "strings.HasSuffix(x, …)", "contains": "strings.Contains(x, …)", "find": "strings.Index(x, …)",
				"index": "strings.Index(x, …)", "join": "strings.Join(list, x)", "format": "fmt.Sprintf(x, …)", "repeat": "strings.Repeat(x, n)",
			}
		}
	}
	return regexp.MustCompile(`\bx\b`).ReplaceAllString(table[strings.ToLower(method)], strings.ReplaceAll(value, "$", "$$"))
}
