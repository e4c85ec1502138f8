package magic

import (
	"fmt"
	"strings"
)

// A Line is one special line of a cell.
type Line struct {
	Line int    // in the cell, from 1
	Name string // "%help", "!", …: a name of the table, unless Fault is set
	Args string // what follows the name, without blanks around it; continuation lines are joined
	Body string // the rest of the cell, for a command that takes it

	// Fault is a mistake in the line; nil when there is none.
	Fault *Fault
}

// A Fault is a mistake in a special line.
type Fault struct {
	Col     int // column, from 1
	Message string
	Hint    string
	Unknown bool // the command does not exist
}

// A Script is a cell whose special lines are taken out.
type Script struct {
	Lines []Line
	Go    string // the cell's text with blanks in place of special lines

	// Unfinished: the last special line ends in a backslash, or a command that
	// takes the rest of the cell has none yet.
	Unfinished bool
}

// prefix makes a special line a comment for other tools.
const prefix = "//gonb:"

// Split takes the special lines out of a cell. Faults are left in their lines.
func Split(code string) Script {
	s := Script{}
	out := []byte(code)
	blank := func(from, to int) {
		for k := from; k < to; k++ {
			if out[k] != '\n' && out[k] != '\r' {
				out[k] = ' '
			}
		}
	}
	line, nothing := 1, true // nothing: only blanks so far
	for i := 0; i < len(code); {
		if i == 0 || code[i-1] == '\n' {
			if _, special := specialAt(code[i:]); special {
				start, first := i, line
				text, next, lines, open := joined(code, i)
				i, line = next, line+lines
				s.Unfinished = s.Unfinished || open
				blank(start, i)
				l, ok := parse(text, first)
				if !ok {
					continue // a % alone
				}
				if c, known := Lookup(l.Name); known && c.Body() && l.Fault == nil {
					if nothing {
						l.Body = code[i:]
						blank(i, len(code))
						s.Lines = append(s.Lines, l)
						s.Go = string(out)
						s.Unfinished = s.Unfinished || strings.TrimSpace(l.Body) == "" || !strings.HasSuffix(l.Body, "\n")
						return s
					}
					l.Fault = &Fault{Col: 1, Message: fmt.Sprintf("%q can only appear at the start of the cell", l.Name), Hint: "put it into a cell of its own"}
				}
				nothing = false
				s.Lines = append(s.Lines, l)
				continue
			}
		}
		next := SkipToken(code, i)
		line += strings.Count(code[i:next], "\n")
		nothing = nothing && strings.TrimSpace(code[i:next]) == ""
		i = next
	}
	s.Go = string(out)
	return s
}

// specialAt tells whether a line begins a special one, and returns the line's
// text from the % or ! on.
func specialAt(text string) (rest string, ok bool) {
	if after, found := strings.CutPrefix(text, prefix); found {
		text = after
	}
	return text, text != "" && (text[0] == '%' || text[0] == '!')
}

// joined reads the special line at i with its continuation lines. Each
// backslash with its line end counts as a blank.
func joined(code string, i int) (text string, next, lines int, open bool) {
	var b strings.Builder
	for {
		end := i + strings.IndexByte(code[i:]+"\n", '\n')
		part := strings.TrimPrefix(strings.TrimSuffix(code[i:end], "\r"), prefix)
		i = min(end+1, len(code))
		if end < len(code) {
			lines++
		}
		if before, more := strings.CutSuffix(part, `\`); more {
			b.WriteString(before)
			if end < len(code) {
				b.WriteString(" ")
				continue
			}
			open = true
		} else {
			b.WriteString(part)
		}
		return b.String(), i, lines, open
	}
}

// parse reads one special line. It returns false for one without a command.
func parse(text string, line int) (Line, bool) {
	l := Line{Line: line}
	if args, ok := strings.CutPrefix(text, "!"); ok {
		l.Name = "!"
		args = strings.TrimSpace(args)
		if rest, ok := strings.CutPrefix(args, "*"); ok {
			l.Name, args = "!*", strings.TrimSpace(rest)
		}
		l.Args = args
		if args == "" {
			l.Fault = &Fault{Col: 1, Message: l.Name + " without a command; write " + l.Name + "ls, for example"}
		}
		return l, true
	}
	name := "%" + strings.TrimLeft(text[1:], " \t") // "% help" is %help
	if name == "%" {
		return l, false
	}
	if k := strings.IndexAny(name, " \t"); k >= 0 {
		name, l.Args = name[:k], strings.TrimSpace(name[k:])
	}
	l.Name = name
	c, known := Lookup(name)
	switch {
	case !known:
		l.Fault = &Fault{Col: 1, Message: fmt.Sprintf("%q is no command; %%help lists what there is", name), Unknown: true}
		if near := Nearest(name); near != "" {
			l.Fault.Hint = "did you mean " + near + "?"
		}
	case c.None && l.Args != "":
		l.Fault = &Fault{Col: 1 + len(name) + 1, Message: fmt.Sprintf("%s takes no arguments, got %q", name, l.Args)}
	}
	return l, true
}

// SkipToken returns the offset behind the comment, literal or single byte
// that starts at i. Text that is not closed reaches to the end of the code,
// or of the line where Go says so.
func SkipToken(code string, i int) int {
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

// Words splits arguments at blanks. Double quotes group, and within them \n, \t,
// \" and \\ stand for what they do in Go; "" is an argument of its own.
func Words(args string) []string {
	words := []string{}
	var word strings.Builder
	started, quoted := false, false
	for i := 0; i < len(args); i++ {
		c := args[i]
		switch {
		case !quoted && (c == ' ' || c == '\t' || c == '\n' || c == '\r'):
			if started {
				words = append(words, word.String())
			}
			word.Reset()
			started = false
		case c == '"':
			quoted, started = !quoted, true
		case quoted && c == '\\' && i+1 < len(args):
			i++
			switch args[i] {
			case 'n':
				word.WriteByte('\n')
			case 't':
				word.WriteByte('\t')
			case '"', '\\':
				word.WriteByte(args[i])
			default:
				word.WriteByte('\\')
				word.WriteByte(args[i])
			}
		default:
			word.WriteByte(c)
			started = true
		}
	}
	if started {
		words = append(words, word.String())
	}
	return words
}

// Nearest is the command that a misspelt one probably meant, or "".
func Nearest(name string) string {
	best, at := "", 1+len(name)/3
	for _, c := range Commands {
		if c.Name[0] == '!' || c.Name == "%%" {
			continue
		}
		d := Distance(strings.ToLower(name), c.Name)
		if strings.TrimLeft(strings.ToLower(name), "%") == strings.TrimLeft(c.Name, "%") {
			d = 0 // one % too few or too many
		}
		if d < at || d == at && best != "" && c.Name < best {
			best, at = c.Name, d
		}
	}
	return best
}

// Distance counts the insertions, deletions, replacements and swaps of
// neighbours that lead from a to b (optimal string alignment). It is 64 where
// one of them is longer than that.
func Distance(s, t string) int {
	a, b := []rune(s), []rune(t)
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	before, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
		before, prev, cur = prev, cur, before
	}
	return prev[len(b)]
}
