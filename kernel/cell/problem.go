package cell

import (
	"fmt"
	"sort"
	"strings"
	"unicode"
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
// stay tabs, so that both lines widen alike, and wide letters give wide blanks.
func pad(line string, col int) string {
	var b strings.Builder
	n := 1
	for _, r := range line {
		if n >= col {
			break
		}
		switch {
		case r == '\t':
			b.WriteByte('\t')
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf): // of no width
		case wide(r):
			b.WriteRune('\u3000')
		default:
			b.WriteByte(' ')
		}
		n++
	}
	for ; n < col; n++ {
		b.WriteByte(' ')
	}
	return b.String()
}

// wide tells letters that take two columns: those of East Asia, and emoji.
func wide(r rune) bool {
	return r >= 0x1100 && (r <= 0x115f || r >= 0x2e80 && r <= 0xa4cf || r >= 0xac00 && r <= 0xd7a3 || r >= 0xf900 && r <= 0xfaff ||
		r >= 0xfe30 && r <= 0xfe6f || r >= 0xff00 && r <= 0xff60 || r >= 0xffe0 && r <= 0xffe6 || r >= 0x1f300 && r <= 0x1faff || r >= 0x20000 && r <= 0x3fffd)
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
