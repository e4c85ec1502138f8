package notebook

import (
	"fmt"
	"html"
	"regexp"
	"strconv"
	"strings"
)

// escape matches the control sequences of terminals: CSI with parameters and a final letter (group 1 and 2),
// window titles and links (OSC), and two-byte ones.
var escape = regexp.MustCompile("\x1b(?:\\[([0-?]*)[ -/]*([@-~])|\\][^\x07\x1b]*(?:\x07|\x1b\\\\)?|[@-Z\\\\^_])")

// stripANSI removes all control sequences.
func stripANSI(s string) string { return escape.ReplaceAllString(s, "") }

// style is the state of a terminal's text.
type style struct {
	fg, bg                                            string // class name or CSS colour; "" is the default
	bold, faint, italic, underlined, crossed, inverse bool
}

// ansiHTML turns text with colour sequences into HTML; other sequences are dropped.
func ansiHTML(s string) string {
	var b strings.Builder
	var now style
	text := func(s string) {
		if s == "" {
			return
		}
		s = html.EscapeString(s)
		if now == (style{}) {
			b.WriteString(s)
			return
		}
		b.WriteString(now.span() + s + "</span>")
	}
	for s != "" {
		at := escape.FindStringSubmatchIndex(s)
		if at == nil {
			break
		}
		text(s[:at[0]])
		if at[4] >= 0 && s[at[4]:at[5]] == "m" {
			now.set(s[at[2]:at[3]])
		}
		s = s[at[1]:]
	}
	text(strings.ReplaceAll(s, "\x1b", ""))
	return b.String()
}

// span is the opening tag for a style. The sixteen named colours are classes of the page, so that
// they fit it; others are given as they are.
func (s style) span() string {
	fg, bg := s.fg, s.bg
	if s.inverse {
		fg, bg = bg, fg
		if fg == "" {
			fg = "inverse"
		}
		if bg == "" {
			bg = "inverse"
		}
	}
	var classes, css []string
	add := func(colour, prefix, property string) {
		switch {
		case colour == "":
		case strings.HasPrefix(colour, "#"):
			css = append(css, property+":"+colour)
		default:
			classes = append(classes, prefix+colour)
		}
	}
	add(fg, "ansi-", "color")
	add(bg, "ansi-bg-", "background-color")
	for _, f := range []struct {
		on   bool
		name string
	}{{s.bold, "bold"}, {s.faint, "faint"}, {s.italic, "italic"}, {s.underlined, "underline"}, {s.crossed, "crossed"}} {
		if f.on {
			classes = append(classes, "ansi-"+f.name)
		}
	}
	tag := "<span"
	if len(classes) > 0 {
		tag += ` class="` + strings.Join(classes, " ") + `"`
	}
	if len(css) > 0 {
		tag += ` style="` + strings.Join(css, ";") + `"`
	}
	return tag + ">"
}

var colours = []string{"black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"}

// set works off the numbers of one "select graphic rendition" sequence.
func (s *style) set(params string) {
	var codes []int
	for _, p := range strings.FieldsFunc(params+";", func(r rune) bool { return r == ';' || r == ':' }) {
		n, err := strconv.Atoi(p)
		if err != nil {
			return
		}
		codes = append(codes, n)
	}
	if len(codes) == 0 {
		codes = []int{0}
	}
	for len(codes) > 0 {
		n := codes[0]
		codes = codes[1:]
		switch {
		case n == 0:
			*s = style{}
		case n == 1:
			s.bold = true
		case n == 2:
			s.faint = true
		case n == 3:
			s.italic = true
		case n == 4:
			s.underlined = true
		case n == 7:
			s.inverse = true
		case n == 9:
			s.crossed = true
		case n == 22:
			s.bold, s.faint = false, false
		case n == 23:
			s.italic = false
		case n == 24:
			s.underlined = false
		case n == 27:
			s.inverse = false
		case n == 29:
			s.crossed = false
		case n >= 30 && n < 38:
			s.fg = colours[n-30]
		case n == 38:
			s.fg, codes = extended(codes)
		case n == 39:
			s.fg = ""
		case n >= 40 && n < 48:
			s.bg = colours[n-40]
		case n == 48:
			s.bg, codes = extended(codes)
		case n == 49:
			s.bg = ""
		case n >= 90 && n < 98:
			s.fg = "bright-" + colours[n-90]
		case n >= 100 && n < 108:
			s.bg = "bright-" + colours[n-100]
		}
	}
}

// extended reads what follows 38 or 48: "5;n" from the palette of 256 colours, or "2;r;g;b".
func extended(codes []int) (colour string, rest []int) {
	switch {
	case len(codes) >= 2 && codes[0] == 5:
		return palette(codes[1]), codes[2:]
	case len(codes) >= 4 && codes[0] == 2:
		return fmt.Sprintf("#%02x%02x%02x", codes[1]&255, codes[2]&255, codes[3]&255), codes[4:]
	}
	return "", nil
}

// palette is colour n of xterm's 256: 16 named ones, a cube of 6×6×6, and 24 greys.
func palette(n int) string {
	switch {
	case n < 0 || n > 255:
		return ""
	case n < 8:
		return colours[n]
	case n < 16:
		return "bright-" + colours[n-8]
	case n < 232:
		level := func(i int) int { return min(i, 1) * (55 + 40*i) }
		n -= 16
		return fmt.Sprintf("#%02x%02x%02x", level(n/36), level(n/6%6), level(n%6))
	}
	grey := 8 + 10*(n-232)
	return fmt.Sprintf("#%02x%02x%02x", grey, grey, grey)
}
