package cell

import (
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"
)

// A Problem is one mistake in a cell.
type Problem struct {
	Line    int    // line in the cell, from 1
	Col     int    // column in code points, from 1; 0 when only the line is known
	Message string // what is wrong
	Hint    string // what may have been meant, or what to do; may be empty
	Source  string // the line as the user wrote it
}

// Problems is the error of a cell that was not accepted: all of its mistakes.
type Problems struct {
	Count int // execution count of the cell
	List  []Problem
}

// Error lists the mistakes, one a line: "Cell [3]:2:5: undefined: x".
func (p *Problems) Error() string {
	var b strings.Builder
	for i, one := range p.List {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "Cell [%d]:%d", p.Count, one.Line)
		if one.Col > 0 {
			fmt.Fprintf(&b, ":%d", one.Col)
		}
		b.WriteString(": " + one.Message)
		if one.Hint != "" {
			b.WriteString(" (" + one.Hint + ")")
		}
	}
	return b.String()
}

// Colours of a traceback. Front ends interpret them; text without them must
// read well too, so they carry no meaning of their own.
const (
	red   = "\x1b[31m"
	bold  = "\x1b[1m"
	blue  = "\x1b[34m"
	faint = "\x1b[2m"
	plain = "\x1b[0m"
)

// Traceback renders the mistakes for people: for each its message with cell
// and line, the source line, and a caret below the place. One string a line.
func (p *Problems) Traceback() []string {
	var out []string
	for i, one := range p.List {
		if i > 0 {
			out = append(out, "")
		}
		message := strings.Split(one.Message, "\n")
		out = append(out, fmt.Sprintf("%sCell [%d]: Line %d%s: %s%s%s", bold, p.Count, one.Line, plain, red, message[0], plain))
		for _, more := range message[1:] {
			out = append(out, "    "+strings.TrimSpace(more))
		}
		if one.Source != "" {
			number := fmt.Sprintf("%4d", one.Line)
			out = append(out, faint+number+" | "+plain+one.Source)
			if one.Col > 0 {
				out = append(out, faint+strings.Repeat(" ", len(number))+" | "+plain+pad(one.Source, one.Col)+red+"^"+plain)
			}
		}
		if one.Hint != "" {
			out = append(out, "       "+blue+one.Hint+plain)
		}
	}
	return out
}

// pad is the white space that moves a caret below column col of line: tabs
// stay tabs, so that both lines widen alike.
func pad(line string, col int) string {
	var b strings.Builder
	n := 1
	for _, r := range line {
		if n >= col {
			break
		}
		if r == '\t' {
			b.WriteByte('\t')
		} else {
			b.WriteByte(' ')
		}
		n++
	}
	for ; n < col; n++ {
		b.WriteByte(' ')
	}
	return b.String()
}

// maxProblems bounds what one cell reports; the rest is only counted.
const maxProblems = 30

// finish sorts the mistakes by place, drops repetitions and adds source lines.
func finish(count int, code string, list []Problem) *Problems {
	lines := strings.Split(code, "\n")
	sort.SliceStable(list, func(i, j int) bool {
		if list[i].Line != list[j].Line {
			return list[i].Line < list[j].Line
		}
		return list[i].Col < list[j].Col
	})
	out := &Problems{Count: count}
	for i, p := range list {
		if i > 0 && p.Line == list[i-1].Line && p.Message == list[i-1].Message {
			continue
		}
		if len(out.List) == maxProblems {
			out.List = append(out.List, Problem{Line: p.Line, Message: fmt.Sprintf("and %d more; mend these first", len(list)-i)})
			break
		}
		if p.Line >= 1 && p.Line <= len(lines) && p.Source == "" {
			p.Source = strings.TrimSuffix(lines[p.Line-1], "\r")
		}
		out.List = append(out.List, p)
	}
	return out
}

// place returns line and column (code points) of a byte offset in text.
func place(text string, offset int) (line, col int) {
	offset = max(0, min(offset, len(text)))
	start := strings.LastIndexByte(text[:offset], '\n') + 1
	return strings.Count(text[:offset], "\n") + 1, utf8.RuneCountInString(text[start:offset]) + 1
}

func quote(s string) string {
	return fmt.Sprintf("%q", s)
}
