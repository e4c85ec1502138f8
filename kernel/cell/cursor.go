package cell

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A spot is what stands at the cursor: the name it touches, as far as it is
// written, and what is in front of that name. Offsets are bytes.
type spot struct {
	text  string // the cell's text with blanks for special lines
	start int    // of the name
	end   int    // of the name behind the cursor
	typed string // the name up to the cursor

	selects bool // the name stands behind a dot: it is a member
	chain   int  // start of the names and dots that lead to the member (a.b.c); start if it is none
}

// spotAt looks at the name that the cursor touches. ok is false inside of
// comments, literals and numbers.
func spotAt(text string, cursor int) (s spot, ok bool) {
	cursor = max(0, min(cursor, len(text)))
	if kind, _ := literalAt(text, cursor); kind != 0 {
		return s, false
	}
	s = spot{text: text, start: nameStart(text, cursor), end: cursor}
	for s.end < len(text) {
		r, size := utf8.DecodeRuneInString(text[s.end:])
		if !isNameRune(r) {
			break
		}
		s.end += size
	}
	s.typed = text[s.start:cursor]
	if r, _ := utf8.DecodeRuneInString(text[s.start:s.end]); unicode.IsDigit(r) {
		return s, false
	}
	s.chain = s.start
	before := strings.TrimRight(text[:s.start], " \t\r\n")
	switch {
	case strings.HasSuffix(before, ".."):
		return s, s.typed != "" // behind the dots of a variadic parameter
	case !strings.HasSuffix(before, "."):
		return s, true
	}
	s.selects = true
	if len(before) < s.start {
		return s, true // blanks on the way: only the member is replaced
	}
	at := s.start
	for at > 0 && text[at-1] == '.' {
		from := nameStart(text, at-1)
		r, _ := utf8.DecodeRuneInString(text[from:])
		if from == at-1 {
			return s, true // f().name: only the member is replaced
		}
		if unicode.IsDigit(r) {
			return s, false // 3. is a number
		}
		at = from
	}
	s.chain = at
	return s, true
}

// nameStart returns the offset at which the name that ends at end begins.
func nameStart(text string, end int) int {
	for end > 0 {
		r, size := utf8.DecodeLastRuneInString(text[:end])
		if !isNameRune(r) {
			break
		}
		end -= size
	}
	return end
}

func isNameRune(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r)
}

// literalAt tells in what the offset lies: '/' a comment, '"', '`' or '\” a
// literal, 0 neither. start is where that begins.
func literalAt(text string, offset int) (kind byte, start int) {
	for i := 0; i < offset && i < len(text); {
		next := skipToken(text, i)
		c := text[i]
		if next == i+1 && c != '"' && c != '`' && c != '\'' {
			i = next
			continue
		}
		inside := offset < next
		switch {
		case strings.HasPrefix(text[i:], "//"):
			inside = offset <= next
		case c == '/':
			inside = inside || !strings.HasSuffix(text[i:next], "*/") || next-i < 4
		default:
			inside = inside || next == offset && !closed(text[i:next])
		}
		if inside {
			return c, i
		}
		i = next
	}
	return 0, 0
}

// closed reports whether a literal ends with its own quote.
func closed(literal string) bool {
	if len(literal) < 2 || literal[len(literal)-1] != literal[0] {
		return false
	}
	if literal[0] == '`' {
		return true
	}
	body := literal[:len(literal)-1]
	return (len(body)-len(strings.TrimRight(body, `\`)))%2 == 0
}

// specialLine returns the special line in which the cursor lies, up to the
// cursor: "%he" of "%help". code is the cell's text, rest the one with blanks.
func specialLine(code, rest string, cursor int) (line string, start int, ok bool) {
	start = strings.LastIndexByte(code[:cursor], '\n') + 1
	if start < len(code) && (code[start] == '%' || code[start] == '!') && rest[start] == ' ' {
		return code[start:cursor], start, start < cursor
	}
	return "", 0, false
}
