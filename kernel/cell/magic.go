package cell

import (
	"github.com/spikebook/spikebook/kernel/magic"
)

// A Magic is a special line of a cell; see package magic, which knows them.
type Magic = magic.Line

// A magicEntry describes a special line for completion and inspection.
type magicEntry struct {
	name    string
	usage   string
	summary string
}

var magicTable = func() (table []magicEntry) {
	for _, c := range magic.Commands {
		table = append(table, magicEntry{c.Name, c.Usage(), c.About})
	}
	return table
}()

// splitMagics takes the special lines out of code. The Go text it returns has
// blanks in their place, byte for byte, so every offset stays what it was.
// unfinished is true when the last special line goes on.
func splitMagics(code string) (magics []Magic, rest string, problems []Problem, unfinished bool) {
	s := magic.Split(code)
	for _, l := range s.Lines {
		if f := l.Fault; f != nil {
			problems = append(problems, Problem{Line: l.Line, Col: f.Col, Message: f.Message, Hint: f.Hint})
			continue
		}
		magics = append(magics, l)
	}
	return magics, s.Go, problems, s.Unfinished
}

// skipToken returns the offset behind the comment, literal or single byte that
// starts at i.
func skipToken(code string, i int) int { return magic.SkipToken(code, i) }

// FaultsOf are the mistakes in the special lines of a cell as Build reports them,
// or nil.
func FaultsOf(count int, code string, lines []Magic) error {
	var problems []Problem
	for _, l := range lines {
		if f := l.Fault; f != nil {
			problems = append(problems, Problem{Line: l.Line, Col: f.Col, Message: f.Message, Hint: f.Hint})
		}
	}
	if problems == nil {
		return nil
	}
	return finish(count, code, problems)
}

// Syntax returns the syntax errors of a cell whose special lines are blank, as
// Build would, or nil. It is quick, and done before special lines are run.
func Syntax(count int, code, text string) error {
	split := splitGo(text)
	_, problems := parseGo(text, split)
	problems = append(problems, split.directives(text)...)
	if split.problem != nil {
		problems = append(problems, *split.problem)
	}
	if problems == nil {
		return nil
	}
	return finish(count, code, problems)
}
