package model

import (
	"fmt"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Error is one mistake of a model.
type Error struct {
	Part    string // text that holds the mistake: "equations", "functions", "psp"; "parameters" and "model" have no position
	Pos     Pos    // zero when the mistake has no place in a text
	Text    string // the offending text
	Message string // what is wrong and what is wanted
	Hint    string // what to do: "did you mean …?"; may be empty
	Line    string // the line of the text, without its indentation
	Indent  int    // code points of indentation removed from Line
}

// window is how much of a long line is shown on each side of a mistake, in code points.
const window = 70

// Error gives position, line, caret, message and hint.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Pos.Line > 0 {
		if e.Part != "equations" {
			b.WriteString(e.Part + " ")
		}
		fmt.Fprintf(&b, "%d:%d: ", e.Pos.Line, e.Pos.Col)
	} else {
		b.WriteString(e.Part + ": ")
	}
	b.WriteString(e.Message)
	if e.Hint != "" {
		b.WriteString("; " + e.Hint)
	}
	if e.Pos.Line > 0 && e.Line != "" {
		line := []rune(strings.ReplaceAll(e.Line, "\t", " "))
		at := min(max(0, e.Pos.Col-1-e.Indent), len(line))
		width := 1
		if !strings.Contains(e.Text, "\n") {
			width = utf8.RuneCountInString(e.Text)
		}
		width = max(1, min(width, len(line)-at, window))
		if from := at - window; from > 0 {
			line, at = append([]rune("…"), line[from+1:]...), at-from
		}
		if to := at + width + window; to < len(line) {
			line = append(line[:to:to], '…')
		}
		fmt.Fprintf(&b, "\n    %s\n    %s%s", string(line), strings.Repeat(" ", at), strings.Repeat("^", width))
	}
	return b.String()
}

// Errors holds all mistakes of a model, in order of position.
type Errors []*Error

// Error lists every mistake, each with its line and a caret.
func (es Errors) Error() string {
	parts := make([]string, len(es))
	for i, e := range es {
		parts[i] = e.Error()
	}
	return strings.Join(parts, "\n")
}

// Unwrap lets errors.As find a single *Error.
func (es Errors) Unwrap() []error {
	out := make([]error, len(es))
	for i, e := range es {
		out[i] = e
	}
	return out
}

// text is one of the user's texts with its lines at hand.
type text struct {
	part  string
	runes []rune
	lines []string
	code  bool // of a spiking model: braces, suffixes of numbers
}

func newText(part, s string) *text {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return &text{part: part, runes: []rune(s), lines: strings.Split(s, "\n")}
}

// maxErrors is how many mistakes are kept; the rest is counted.
const maxErrors = 100

// errorList gathers mistakes while the stages go on.
type errorList struct {
	list Errors
	more int // not kept
}

// count is the number of mistakes so far.
func (l *errorList) count() int { return len(l.list) + l.more }

// full counts a mistake that is not kept.
func (l *errorList) full() bool {
	if len(l.list) < maxErrors {
		return false
	}
	l.more++
	return true
}

// at reports a mistake at a place of a text. what is the offending text.
func (l *errorList) at(t *text, p Pos, what, hint, format string, args ...any) {
	if l.full() {
		return
	}
	e := &Error{Part: t.part, Pos: p, Text: what, Hint: hint, Message: fmt.Sprintf(format, args...)}
	if p.Line >= 1 && p.Line <= len(t.lines) {
		line := t.lines[p.Line-1]
		trimmed := strings.TrimLeftFunc(line, unicode.IsSpace)
		e.Indent = utf8.RuneCountInString(line) - utf8.RuneCountInString(trimmed)
		e.Line = strings.TrimRightFunc(trimmed, unicode.IsSpace)
	}
	l.list = append(l.list, e)
}

// global reports a mistake without a place, such as a parameter's value.
func (l *errorList) global(part, what, hint, format string, args ...any) {
	if !l.full() {
		l.list = append(l.list, &Error{Part: part, Text: what, Hint: hint, Message: fmt.Sprintf(format, args...)})
	}
}

// err returns the sorted list, or nil when there is no mistake.
func (l *errorList) err() error {
	if len(l.list) == 0 {
		return nil
	}
	rank := map[string]int{"model": 0, "functions": 1, "equations": 2, "psp": 3, "parameters": 100}
	for i, f := range new(Source).fields() {
		if _, ok := rank[f.name]; !ok {
			rank[f.name] = 4 + i
		}
	}
	sort.SliceStable(l.list, func(i, j int) bool {
		a, b := l.list[i], l.list[j]
		if a.Part != b.Part {
			return rank[a.Part] < rank[b.Part]
		}
		if a.Pos.Line != b.Pos.Line {
			return a.Pos.Line < b.Pos.Line
		}
		return a.Pos.Col < b.Pos.Col
	})
	if l.more > 0 {
		l.list = append(l.list, &Error{Part: "model", Message: fmt.Sprintf("and %d more", l.more), Hint: "mend these first"})
	}
	return l.list
}

// Nearest returns the candidate most like name, or "" when none is like it:
// equal but for case, or at an edit distance (a swap of neighbours counts
// once) of at most a third of the length, at least 1.
func Nearest(name string, candidates []string) string {
	best, bestDist := "", 1<<30
	limit := max(1, utf8.RuneCountInString(name)/3)
	sorted := append([]string(nil), candidates...)
	sort.Strings(sorted)
	for _, c := range sorted {
		if c == name {
			continue
		}
		d := editDistance([]rune(name), []rune(c))
		if strings.EqualFold(name, c) {
			d = 0
		}
		// Any two names of one or two letters are that close; a letter typed twice is not chance.
		if d > 0 && utf8.RuneCountInString(name) < 3 && !(strings.HasPrefix(name, c) && strings.HasSuffix(name, c)) {
			continue
		}
		if d <= limit && d < bestDist && d < max(utf8.RuneCountInString(name), utf8.RuneCountInString(c)) {
			best, bestDist = c, d
		}
	}
	return best
}

// editDistance counts insertions, deletions, substitutions and swaps of neighbours.
func editDistance(a, b []rune) int {
	if d := len(a) - len(b); d > 8 || d < -8 {
		return 1 << 20
	}
	prev2, prev := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], prev2[j-2]+1)
			}
		}
		prev2, prev = prev, row
	}
	return prev[len(b)]
}

// didYouMean is the hint for a misspelt name, or "".
func didYouMean(name string, candidates []string) string {
	if n := Nearest(name, candidates); n != "" {
		return fmt.Sprintf("did you mean %q?", n)
	}
	return ""
}
