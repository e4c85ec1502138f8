package cell

import (
	"regexp"
	"strings"
)

// A Question is a last line of a cell that asks what a name is: "name?", or
// with the source "name??".
type Question struct {
	Name   string
	Detail int // 0, or 1 with source text
}

var (
	questionBehind = regexp.MustCompile(`^[ \t]*(%?[\pL_][\pL\pN_]*(?:\.[\pL_][\pL\pN_]*)*)(\?\??)[ \t;]*\r?$`)
	questionBefore = regexp.MustCompile(`^[ \t]*(\?\??)(%?[\pL_][\pL\pN_]*(?:\.[\pL_][\pL\pN_]*)*)[ \t;]*\r?$`)
)

// SplitQuestion takes a question off the end of a cell. rest is the cell's text
// with blanks in its place; without a question it is the text as it was.
func SplitQuestion(code string) (rest string, q Question, ok bool) {
	end := len(strings.TrimRight(code, " \t\r\n"))
	start := strings.LastIndexByte(code[:end], '\n') + 1
	line := code[start:end]
	if !strings.Contains(line, "?") {
		return code, q, false
	}
	marks := ""
	if m := questionBehind.FindStringSubmatch(line); m != nil {
		q.Name, marks = m[1], m[2]
	} else if m := questionBefore.FindStringSubmatch(line); m != nil {
		q.Name, marks = m[2], m[1]
	} else {
		return code, q, false
	}
	if kind, _ := literalAt(code, start); kind != 0 {
		return code, Question{}, false // a line of a text or a comment
	}
	if _, text, _, _ := splitMagics(code); line[0] != '%' && strings.TrimSpace(text[start:end]) == "" {
		return code, Question{}, false // a special line goes on here
	}
	q.Detail = len(marks) - 1
	return code[:start] + strings.Repeat(" ", len(line)) + code[end:], q, true
}
