package worker

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Mark is the letter that cell names get to make them exported (U+A78B). It is
// removed from everything that reaches a user.
const Mark = "\uA78B"

// Unmark returns s without the letter that the kernel puts before lower-case
// names of cells.
func Unmark(s string) string {
	if !strings.Contains(s, Mark) {
		return s
	}
	return strings.ReplaceAll(s, Mark, "")
}

// unmarkAll does Unmark for all strings, and keys, of a JSON-like value.
func unmarkAll(v any) any {
	switch v := v.(type) {
	case string:
		return Unmark(v)
	case map[string]any:
		for key, value := range v {
			clean := Unmark(key)
			if clean != key {
				delete(v, key)
			}
			v[clean] = unmarkAll(value)
		}
	case []any:
		for i := range v {
			v[i] = unmarkAll(v[i])
		}
	}
	return v
}

// longestEscape bounds how many bytes of an unfinished ANSI escape sequence are
// held back; a longer one is passed on as it is.
const longestEscape = 64

// A cleaner turns the bytes of a pipe into text that may be published: whole
// UTF-8, invalid bytes replaced by U+FFFD, marks removed, nothing cut inside an
// escape sequence or between CR and LF. What is incomplete is carried over.
type cleaner struct {
	carry []byte
}

// feed returns the text that is complete after b.
func (c *cleaner) feed(b []byte) string {
	if len(c.carry) > 0 {
		b = append(c.carry, b...)
	}
	n := completeLen(b)
	text := clean(b[:n])
	c.carry = append([]byte(nil), b[n:]...)
	return text
}

// flush returns what was carried: at the end of a cell, or when the stream has
// been quiet. A rune that is still incomplete is kept when keep is set and
// replaced otherwise.
func (c *cleaner) flush(keep bool) string {
	if len(c.carry) == 0 {
		return ""
	}
	n := len(c.carry)
	if keep {
		n -= partialRune(c.carry)
	}
	text := clean(c.carry[:n])
	c.carry = append([]byte(nil), c.carry[n:]...)
	return text
}

// completeLen is the length of the longest prefix of b that may be published.
func completeLen(b []byte) int {
	n := len(b) - partialRune(b)
	if i := bytes.LastIndexByte(b[max(0, n-longestEscape):n], 0x1b); i >= 0 {
		start := max(0, n-longestEscape) + i
		if !escapeComplete(b[start:n]) {
			n = start
		}
	}
	for n > 0 && b[n-1] == '\r' {
		n--
	}
	return n
}

// partialRune is the number of bytes at the end of b that begin a UTF-8 sequence
// which may still become valid.
func partialRune(b []byte) int {
	for k := 1; k <= 3 && k <= len(b); k++ {
		tail := b[len(b)-k:]
		if utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				return k
			}
			return 0
		}
	}
	return 0
}

// escapeComplete tells whether the escape sequence at the start of b has ended:
// ESC [ parameters letter, ESC ] text BEL (or ESC \), or ESC and one byte.
func escapeComplete(b []byte) bool {
	if len(b) < 2 {
		return false
	}
	switch b[1] {
	case '[':
		for _, c := range b[2:] {
			if c >= 0x40 && c <= 0x7e || c < 0x20 {
				return true
			}
		}
		return false
	case ']':
		return bytes.IndexByte(b, 0x07) >= 0
	}
	return true
}

// clean makes b valid UTF-8 without marks.
func clean(b []byte) string {
	if utf8.Valid(b) {
		return Unmark(string(b))
	}
	var s strings.Builder
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		s.WriteRune(r) // U+FFFD for each invalid byte
		b = b[size:]
	}
	return Unmark(s.String())
}

// cutText splits s after at most n bytes at a rune boundary, preferably after a
// newline in the last half, and never between CR and LF or inside an escape
// sequence.
func cutText(s string, n int) (head, tail string) {
	if len(s) <= n {
		return s, ""
	}
	if i := strings.LastIndexByte(s[:n], '\n'); i >= n/2 {
		return s[:i+1], s[i+1:]
	}
	if k := completeLen([]byte(s[:n])); k > 0 {
		n = k
	} else {
		for n > 1 && !utf8.RuneStart(s[n]) {
			n--
		}
	}
	return s[:n], s[n:]
}

// lastText returns the end of s, about n bytes, starting at a line or at least
// at a rune.
func lastText(s string, n int) string {
	if len(s) <= n {
		return s
	}
	s = s[len(s)-n:]
	if i := strings.IndexByte(s, '\n'); i >= 0 && i < n/2 {
		return s[i+1:]
	}
	for len(s) > 0 && !utf8.RuneStart(s[0]) {
		s = s[1:]
	}
	return s
}
