package notebook

import (
	"bytes"
	"strings"
)

// terminal collects the text of a stream as a terminal would show it: a carriage return goes
// back to the start of the line, so that what follows overwrites it, and a backspace goes back one character,
// which it removes at the end of a line. So a progress line that prints itself a thousand times is
// saved once.
type terminal struct {
	done []byte // finished lines; the current one too, while line is nil
	line []rune // current line once a carriage return or backspace has come in it
	at   int    // where the next character of line goes
}

func (t *terminal) write(text string) {
	for text != "" {
		if t.line == nil {
			plain := strings.IndexAny(text, "\r\b")
			if plain < 0 {
				plain = len(text)
			}
			t.done = append(t.done, text[:plain]...)
			text = text[plain:]
			if text == "" {
				return
			}
			start := bytes.LastIndexByte(t.done, '\n') + 1
			t.line = append([]rune{}, []rune(string(t.done[start:]))...)
			t.at = len(t.line)
			t.done = t.done[:start]
		}
		line, rest, ended := strings.Cut(text, "\n")
		t.edit(line)
		text = rest
		if ended {
			t.done = append(append(t.done, string(t.line)...), '\n')
			t.line = nil
		}
	}
}

// edit applies text without newlines to the current line.
func (t *terminal) edit(text string) {
	for _, r := range text {
		switch {
		case r == '\r':
			t.at = 0
		case r == '\b':
			if t.at == 0 {
				continue
			}
			t.at--
			if t.at == len(t.line)-1 {
				t.line = t.line[:t.at]
			}
		case t.at < len(t.line):
			t.line[t.at] = r
			t.at++
		default:
			t.line = append(t.line, r)
			t.at++
		}
	}
}

// String is all text so far.
func (t *terminal) String() string { return string(t.done) + string(t.line) }
