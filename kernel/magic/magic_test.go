package magic

import (
	"slices"
	"strings"
	"testing"
)

func TestSplit(t *testing.T) {
	for _, c := range []struct{ code, lines, text string }{
		{"%help\nx := 1", "%help", "     \nx := 1"},
		{"x := 1\n!ls -l", "! ls -l", "x := 1\n      "},
		{"!*cat go.mod", "!* cat go.mod", "            "},
		{"! * ls", "!* ls", "      "},
		{"!ls \\\n  -l\ny", "! ls    -l", "     \n    \ny"},
		{"//gonb:%%\nf()", "%%", "         \nf()"},
		{"//gonb:%exec f -x=13", "%exec f -x=13", "                    "},
		{"% help", "%help", "      "},
		{"%", "", " "},
		{"s := `\n%help\n!ls\n`", "", "s := `\n%help\n!ls\n`"},
		{"/*\n%help\n*/", "", "/*\n%help\n*/"},
		{"x := 10\n  % 3", "", "x := 10\n  % 3"},
		{"%%bash\n%help\necho 'é`", "%%bash |%help\necho 'é`", "      \n     \n         "},
		{"\n%%writefile a.txt\nx", "%%writefile a.txt|x", "\n                 \n "},
		{"%% -x=17\nf()", "%% -x=17", "        \nf()"},
	} {
		s := Split(c.code)
		var lines []string
		for _, l := range s.Lines {
			if l.Fault != nil {
				t.Errorf("%q: %s", c.code, l.Fault.Message)
			}
			text := strings.TrimSpace(l.Name + " " + l.Args)
			if l.Body != "" {
				text = l.Name + " " + l.Args + "|" + l.Body
			}
			lines = append(lines, text)
		}
		if got := strings.Join(lines, ";"); got != c.lines || s.Go != c.text {
			t.Errorf("%q: %q and %q, want %q and %q", c.code, got, s.Go, c.lines, c.text)
		}
	}
}

func TestFaults(t *testing.T) {
	for code, want := range map[string]string{
		"%hepl":              "did you mean %help?",
		"%bash\nls":          "did you mean %%bash?",
		"%time it":           "",
		"%nothinglikeit":     "is no command",
		"!":                  "without a command",
		"%widgets now":       "takes no arguments",
		"x := 1\n%%sh\necho": `"%%sh" can only appear at the start of the cell`,
	} {
		got := ""
		for _, l := range Split(code).Lines {
			if l.Fault != nil {
				got += l.Fault.Message + " " + l.Fault.Hint
			}
		}
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q", code, got, want)
		}
	}
}

func TestWords(t *testing.T) {
	for args, want := range map[string][]string{
		``:                          {},
		`a  b`:                      {"a", "b"},
		`--text "hello world" x`:    {"--text", "hello world", "x"},
		`""`:                        {""},
		`a"b c"d`:                   {"ab cd"},
		`"a\tb\n\"q\" \\ \x"`:       {"a\tb\n\"q\" \\ \\x"},
		`-ldflags="-s -w" C:\dir\n`: {"-ldflags=-s -w", `C:\dir\n`},
		`"not closed`:               {"not closed"},
	} {
		if got := Words(args); !slices.Equal(got, want) {
			t.Errorf("Words(%q) = %q, want %q", args, got, want)
		}
	}
}

func TestTableIsWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Commands {
		if seen[c.Name] || c.About == "" || strings.HasSuffix(c.About, ".") || !slices.Contains(Groups, c.Group) || c.None && c.Args != "" {
			t.Errorf("entry %+v", c)
		}
		seen[c.Name] = true
		if !strings.Contains(Markdown(), "`"+strings.ReplaceAll(c.Usage(), "|", `\|`)+"`") || !strings.Contains(Plain(), "  "+c.Usage()+" ") {
			t.Errorf("%s is missing in the help", c.Usage())
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, s := range []string{"%help\nx", "!ls \\\n -l\n", "`\n%x\n`", "/*\n!x\n*/", "'\n%help", "%help\r\nx\r\n", "x\n%", "!\\", "%%bash\nx", "//gonb:%%\n//gonb:!a\\\n//gonb:b", "%\\\n\\\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, code string) {
		s := Split(code)
		if len(s.Go) != len(code) || strings.Count(s.Go, "\n") != strings.Count(code, "\n") {
			t.Errorf("%q: offsets moved: %q", code, s.Go)
		}
		lines := strings.Count(code, "\n") + 1
		for _, l := range s.Lines {
			if l.Line < 1 || l.Line > lines {
				t.Errorf("%q: special line %d", code, l.Line)
			}
			if _, ok := Lookup(l.Name); !ok && l.Fault == nil {
				t.Errorf("%q: %q is not in the table", code, l.Name)
			}
			Words(l.Args)
		}
	})
}
