package cell

import (
	"sort"
	"strings"
)

// A Magic is a special line of a cell: one that starts with % or ! in its
// first column. Magics run before the Go code of their cell, in order.
type Magic struct {
	Line int    // line in the cell, from 1
	Name string // "%help", "!", …: a key of the table
	Args string // the rest of the line, without blanks around it; continuation lines are joined
}

// A magicEntry says how a special line is called and what it does. The table
// below is the only place that knows which ones exist; who runs them (package
// session) looks at Magic.Name.
type magicEntry struct {
	name    string
	usage   string
	summary string
	noArgs  bool // text after the name is a mistake
}

var magicTable = []magicEntry{
	{name: "%help", usage: "%help", summary: "shows this list", noArgs: true},
	{name: "%version", usage: "%version", summary: "shows the versions of the kernel and of Go", noArgs: true},
	{name: "!", usage: "!command", summary: "runs a shell command in the notebook's directory"},
}

// MagicHelp is the list of special lines as Markdown.
func MagicHelp() string {
	var b strings.Builder
	b.WriteString("| line | what it does |\n|---|---|\n")
	for _, m := range magicTable {
		b.WriteString("| `" + m.usage + "` | " + m.summary + " |\n")
	}
	return b.String()
}

// magicNames lists what exists, for error messages.
func magicNames() string {
	var names []string
	for _, m := range magicTable {
		names = append(names, m.usage)
	}
	sort.Strings(names)
	return strings.Join(names, ", ")
}

// splitMagics takes the special lines out of code. The Go text it returns has
// blanks in their place, byte for byte, so every offset stays what it was.
// unfinished is true when the last special line ends in a backslash, which
// means that the line goes on.
func splitMagics(code string) (magics []Magic, rest string, problems []Problem, unfinished bool) {
	out := []byte(code)
	line := 1
	for i := 0; i < len(code); {
		if c := code[i]; (c == '%' || c == '!') && (i == 0 || code[i-1] == '\n') {
			start, first := i, line
			var text strings.Builder
			for {
				end := i + strings.IndexByte(code[i:]+"\n", '\n')
				part := strings.TrimSuffix(code[i:end], "\r")
				i = min(end+1, len(code))
				line++
				if strings.HasSuffix(part, `\`) {
					text.WriteString(strings.TrimSuffix(part, `\`))
					if end < len(code) {
						continue
					}
					unfinished = true
					break
				}
				text.WriteString(part)
				break
			}
			for k := start; k < i; k++ {
				if out[k] != '\n' && out[k] != '\r' {
					out[k] = ' '
				}
			}
			m, p := parseMagic(text.String(), first)
			if p != nil {
				problems = append(problems, *p)
			} else {
				magics = append(magics, m)
			}
			continue
		}
		next := skipToken(code, i)
		line += strings.Count(code[i:next], "\n")
		i = next
	}
	return magics, string(out), problems, unfinished
}

// skipToken returns the offset behind the comment, literal or single byte
// that starts at i. Text that is not closed reaches to the end of the code,
// or of the line where Go says so.
func skipToken(code string, i int) int {
	until := func(from int, mark string) int {
		if k := strings.Index(code[from:], mark); k >= 0 {
			return from + k + len(mark)
		}
		return len(code)
	}
	switch c := code[i]; {
	case strings.HasPrefix(code[i:], "//"):
		if k := strings.IndexByte(code[i:], '\n'); k >= 0 {
			return i + k // the line end is not part of the comment
		}
		return len(code)
	case strings.HasPrefix(code[i:], "/*"):
		return until(i+2, "*/")
	case c == '`':
		return until(i+1, "`")
	case c == '"' || c == '\'':
		for k := i + 1; k < len(code); k++ {
			switch code[k] {
			case '\\':
				k++
			case '\n':
				return k
			case c:
				return k + 1
			}
		}
		return len(code)
	}
	return i + 1
}

// parseMagic reads one special line.
func parseMagic(text string, line int) (Magic, *Problem) {
	if args, ok := strings.CutPrefix(text, "!"); ok {
		args = strings.TrimSpace(args)
		if args == "" {
			return Magic{}, &Problem{Line: line, Col: 1, Message: "! without a command; write !ls, for example"}
		}
		return Magic{Line: line, Name: "!", Args: args}, nil
	}
	name, args := text, ""
	if k := strings.IndexAny(text, " \t"); k >= 0 {
		name, args = text[:k], strings.TrimSpace(text[k:])
	}
	for _, m := range magicTable {
		if m.name != name {
			continue
		}
		if m.noArgs && args != "" {
			return Magic{}, &Problem{Line: line, Col: 1 + len(name) + 1, Message: name + " takes no arguments, got " + quote(args)}
		}
		return Magic{Line: line, Name: name, Args: args}, nil
	}
	p := &Problem{Line: line, Col: 1, Message: quote(name) + " is unknown or not implemented yet; there are " + magicNames()}
	var names []string
	for _, m := range magicTable {
		names = append(names, m.name)
	}
	if near := nearest(name, names); near != "" {
		p.Hint = "did you mean " + near + "?"
	}
	return Magic{}, p
}
