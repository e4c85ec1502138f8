package flame

import (
	"fmt"
	"html"
	"strings"
	"unicode/utf8"
)

// Measures of the picture, in pixels.
const (
	width     = 960
	boxHeight = 17
	letter    = 6.6 // of the font at 11 px, about
	narrowest = 0.4 // boxes below are not drawn
	deepest   = 60  // levels that are drawn
)

// Labels say how functions are shown.
type Labels struct {
	// Name is a function for people; nil leaves it as it is.
	Name func(n *Node) string
	// Own tells boxes of the user's code, which are drawn in another colour.
	Own func(n *Node) bool
}

// SVG draws the profile. The picture is width 960 pixels wide and grows with the
// depth of the calls.
func (p *Profile) SVG(title string, l Labels) string {
	levels := min(depth(p.Root), deepest)
	height := levels*boxHeight + 30
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="sans-serif" font-size="11">`+"\n", width, height, width, height)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" fill="#fff"/><text x="4" y="16" font-size="13">%s</text>`+"\n", html.EscapeString(title))
	if p.Samples > 0 {
		p.draw(&b, p.Root, 0, width, 0, height, l)
	}
	b.WriteString("</svg>")
	return b.String()
}

func depth(n *Node) int {
	d := 0
	for _, c := range n.Children {
		d = max(d, depth(c))
	}
	return d + 1
}

// draw draws a box and, above it, those of what it calls.
func (p *Profile) draw(b *strings.Builder, n *Node, x, wide float64, level, height int, l Labels) {
	if wide < narrowest || level >= deepest {
		return
	}
	y := height - (level+1)*boxHeight - 2
	name := n.Name
	if l.Name != nil && level > 0 {
		name = l.Name(n)
	}
	share := 100 * float64(n.Total) / float64(p.Samples)
	tip := fmt.Sprintf("%s: %.1f %%, %d samples", name, share, n.Total)
	if n.Self > 0 {
		tip += fmt.Sprintf(", %d in itself", n.Self)
	}
	fmt.Fprintf(b, `<g><title>%s</title><rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s" rx="1"/>`,
		html.EscapeString(tip), x, y, max(wide-0.5, 0.3), boxHeight-1, colour(n, level, l))
	if letters := int((wide - 6) / letter); letters >= 3 {
		if utf8.RuneCountInString(name) > letters {
			name = string([]rune(name)[:letters-1]) + "…"
		}
		fmt.Fprintf(b, `<text x="%.1f" y="%d">%s</text>`, x+3, y+12, html.EscapeString(name))
	}
	b.WriteString("</g>\n")
	at := x
	for _, c := range n.Children {
		w := wide * float64(c.Total) / float64(n.Total)
		p.draw(b, c, at, w, level+1, height, l)
		at += w
	}
}

// colour of a box: blue for the user's code, warm ones for the rest, which differ
// by name so that neighbours can be told apart.
func colour(n *Node, level int, l Labels) string {
	if level == 0 {
		return "#d9d9d9"
	}
	sum := 0
	for _, c := range n.Name {
		sum = (sum*31 + int(c)) % 1000
	}
	if l.Own != nil && l.Own(n) {
		return fmt.Sprintf("hsl(%d,65%%,%d%%)", 200+sum%20, 68+sum%9)
	}
	return fmt.Sprintf("hsl(%d,75%%,%d%%)", 25+sum%25, 70+sum%9)
}
