package cell

import "strings"

// otherLanguages tells what Go has in place of words that begin statements
// elsewhere.
var otherLanguages = map[string]string{
	"def":      "functions are written func name(x int) int { … }",
	"function": "functions are written func name(x int) int { … }",
	"fn":       "functions are written func name(x int) int { … }",
	"class":    "types are written type Name struct { … }",
	"struct":   "types are written type Name struct { … }",
	"let":      "variables are defined by name := value",
	"int":      "variables are defined by name := value, or var name int",
	"float":    "variables are defined by name := value, or var name float64",
	"double":   "variables are defined by name := value, or var name float64",
	"while":    "loops are written for condition { … }",
	"from":     "packages are imported by import \"path\"",
	"print":    "calls have parentheses: fmt.Println(x)",
	"elif":     "} else if condition {",
	"try":      "errors are values: if err != nil { … }",
	"raise":    "errors are values: return errors.New(\"…\")",
	"not":      "not is written !, and is &&, or is ||",
	"var":      "a type and := exclude each other: var name int = value, or name := value",
	"new":      "values are made by &Name{…} or new(Name)",
	"del":      "map entries are removed by delete(m, key)",
}

// syntaxHint says what to do about a syntax error at an offset of text.
func syntaxHint(message, text string, offset int) string {
	start := strings.LastIndexByte(text[:offset], '\n') + 1
	word, _, _ := strings.Cut(strings.TrimLeft(text[start:offset], " \t"), " ")
	word, _, _ = strings.Cut(word, "(")
	switch {
	case strings.Contains(message, "expected 1 expression"):
		return "only the last line of a cell shows values; print these by fmt.Println(a, b)"
	case strings.Contains(message, "expected boolean expression, found assignment"):
		return "a comparison is written =="
	case strings.Contains(message, "unexpected comma; expecting ]"):
		return "a list of values is written []int{1, 2, 3}"
	case strings.Contains(message, "expected operand, found '{'"):
		return "values in braces have their type in front: map[string]int{…}, Name{…}"
	case strings.Contains(message, "must be function call"):
		return "parentheses make it a call: f(…)"
	case strings.Contains(message, "expected ';', found '++'"), strings.Contains(message, "expected ';', found '--'"), strings.HasSuffix(strings.TrimRight(text[:offset], " "), "++") && strings.Contains(message, "expected ';'"):
		return "x++ and x-- are statements of their own and have no value"
	case strings.Contains(message, "expected ';', found \"") && offset > 0 && strings.IndexByte("fbru", text[offset-1]) >= 0:
		return "values are put into text by fmt.Sprintf(\"… %v\", x)"
	case word == "lambda" || strings.HasSuffix(strings.TrimRight(text[start:offset], " "), "lambda"):
		return "functions without a name are written func(x int) int { … }"
	case strings.Contains(message, "expected '{', found newline"), strings.Contains(message, "unexpected newline, expected { "):
		return "{ stands at the end of the line, not on the next one"
	case strings.Contains(message, "expected '{', found in"):
		return "loops over a range are written for i := range n { … }"
	case strings.Contains(message, "expected ';', found and"), strings.Contains(message, "expected ';', found or"):
		return otherLanguages["not"]
	case strings.Contains(message, "missing ',' before newline"):
		return "in a list of several lines, the last line ends in a comma too"
	case strings.Contains(message, "illegal character U+0023"):
		return "comments begin with //"
	case strings.Contains(message, "illegal character U+003F"):
		return "Go has no ? : operator; write if and else"
	case strings.Contains(message, "found 'else'"):
		return "else stands on the line of the closing brace: } else {"
	case strings.Contains(message, "expected ';', found ','"):
		return "is this a field of a struct? they have lines of their own and no commas"
	case strings.Contains(message, "found '%'") && strings.TrimSpace(text[start:offset]) == "":
		return "special lines begin in the first column"
	case strings.Contains(message, "missing import path"):
		return "the path stands in quotes: import \"fmt\""
	case strings.Contains(message, "illegal rune literal"), strings.Contains(message, "rune literal not terminated"):
		return "single quotes are for one letter; text stands in double quotes"
	case strings.Contains(message, "raw string literal not terminated"):
		return "its closing ` is missing"
	case strings.Contains(message, "string literal not terminated"):
		return "its closing \" is missing; text of several lines stands between two `"
	case strings.Contains(message, "expected ';', found ") && !strings.HasSuffix(message, "the end of the cell"):
		if hint := otherLanguages[word]; hint != "" {
			return hint
		}
		return "a statement ends before this; is an operator, a comma or a new line missing?"
	}
	return ""
}
