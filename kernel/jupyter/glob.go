package jupyter

// A glob is a shell pattern over a whole text: * stands for any text, line ends
// too, ? for one character, [a-z] for one of those and [!a-z] for one of the others. A
// bracket that is not closed stands for itself.
type glob []globPart

type globPart struct {
	kind  byte // '*', '?', '[' or 0
	char  rune
	not   bool
	pairs [][2]rune
}

func newGlob(pattern string) (g glob) {
	p := []rune(pattern)
	for i := 0; i < len(p); i++ {
		switch p[i] {
		case '*':
			if n := len(g); n == 0 || g[n-1].kind != '*' {
				g = append(g, globPart{kind: '*'})
			}
		case '?':
			g = append(g, globPart{kind: '?'})
		case '[':
			part, next := globSet(p, i)
			g = append(g, part)
			i = next
		default:
			g = append(g, globPart{char: p[i]})
		}
	}
	return g
}

// globSet reads the set that begins at p[i]; next is its last place.
func globSet(p []rune, i int) (part globPart, next int) {
	k := i + 1
	if k < len(p) && (p[k] == '!' || p[k] == '^') {
		part.not = true
		k++
	}
	for first := true; k < len(p); first = false {
		if p[k] == ']' && !first {
			part.kind = '['
			return part, k
		}
		low, high := p[k], p[k]
		if k+2 < len(p) && p[k+1] == '-' && p[k+2] != ']' {
			high = p[k+2]
			k += 2
		}
		part.pairs = append(part.pairs, [2]rune{low, high})
		k++
	}
	return globPart{char: '['}, i
}

func (part globPart) one(r rune) bool {
	switch part.kind {
	case '?':
		return true
	case '[':
		for _, pair := range part.pairs {
			if pair[0] <= r && r <= pair[1] {
				return !part.not
			}
		}
		return part.not
	}
	return part.char == r
}

// match takes time of at most pattern times text: of several stars only the
// last one is tried again.
func (g glob) match(text string) bool {
	t := []rune(text)
	i, star, from := 0, -1, 0
	for k := 0; k < len(t); {
		switch {
		case i < len(g) && g[i].kind == '*':
			star, from = i, k
			i++
		case i < len(g) && g[i].one(t[k]):
			i++
			k++
		case star >= 0:
			from++
			i, k = star+1, from
		default:
			return false
		}
	}
	for i < len(g) && g[i].kind == '*' {
		i++
	}
	return i == len(g)
}
