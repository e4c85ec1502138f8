package cell

import "testing"

var completeCases = []struct{ code, status, indent string }{
	{"1", "complete", ""},
	{"", "complete", ""},
	{`fmt.Println("hello, world")`, "complete", ""},
	{"func f(x int) int {\n\treturn x * 2\n}", "complete", ""},
	{"x := []int{1, 2}", "complete", ""},
	{"!ls", "complete", ""},
	{"%help", "complete", ""},
	{"undefinedName + 1", "complete", ""},
	{"func f(x int) int {", "incomplete", "\t"},
	{`fmt.Println("a",`, "incomplete", ""},
	{"s := `abc ", "incomplete", ""},
	{"x := 1 +", "incomplete", ""},
	{"x :=", "incomplete", ""},
	{"for i := range 3 {\n\tfmt.Println(i)", "incomplete", "\t"},
	{"if x {\n\tfor {", "incomplete", "\t\t"},
	{"x := map[string]int{\n\t\"a\": 1,", "incomplete", "\t"},
	{"/* open", "incomplete", ""},
	{"f(func() {\n", "incomplete", "\t"},
	{"!ls \\", "incomplete", ""},
	{"!ls \\\n -l", "complete", ""},
	{"type T struct {\n\ta int", "incomplete", "\t"},
	{"switch x {\ncase 1:", "incomplete", "\t"},
	{"func = 7q", "invalid", ""},
	{"x := )", "invalid", ""},
	{"import 3", "invalid", ""},
	{"x := 1 2\nif y {", "invalid", ""},
	{"\"abc", "invalid", ""},
	{"%foo", "invalid", ""},
	{"strings.Fields?", "complete", ""},
	{"x := )\nx?", "invalid", ""},
}

func TestIsComplete(t *testing.T) {
	for _, c := range completeCases {
		status, indent := IsComplete(c.code)
		if status != c.status || indent != c.indent {
			t.Errorf("%q: %s %q, want %s %q", c.code, status, indent, c.status, c.indent)
		}
	}
}

func FuzzIsComplete(f *testing.F) {
	for _, c := range completeCases {
		f.Add(c.code)
	}
	f.Add("\xd3/*") // an illegal byte is one byte long
	f.Fuzz(func(t *testing.T, code string) {
		switch status, _ := IsComplete(code); status {
		case "complete", "incomplete", "invalid":
		default:
			t.Errorf("%q: status %q", code, status)
		}
	})
}
