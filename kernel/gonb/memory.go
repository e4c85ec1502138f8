package gonb

import (
	"cmp"
	"fmt"
	"html"
	"slices"
	"strings"
)

// A Memory holds declarations. The zero Memory is empty. With makes a new one, so
// a Memory never changes.
type Memory struct {
	decls []*Decl
}

// With is the memory after a cell: its declarations replace those of the same key.
// Variables that one call defines together, and constants of one group, go
// together.
func (m Memory) With(c *Cell) Memory {
	var next Memory
	taken := map[string]bool{}
	for i, d := range c.Decls {
		for _, k := range d.Keys {
			taken[slot(d.Kind, k)] = true
		}
		// Within the cell the last one wins too.
		for _, later := range c.Decls[i+1:] {
			if overlaps(d, later) {
				d = nil
				break
			}
		}
		if d != nil {
			next.decls = append(next.decls, d)
		}
	}
	for _, d := range m.decls {
		if !slices.ContainsFunc(d.Keys, func(k string) bool { return taken[slot(d.Kind, k)] }) {
			next.decls = append(next.decls, d)
		}
	}
	next.sort()
	return next
}

func overlaps(a, b *Decl) bool {
	for _, k := range a.Keys {
		for _, l := range b.Keys {
			if slot(a.Kind, k) == slot(b.Kind, l) {
				return true
			}
		}
	}
	return false
}

// slot tells names of imports, which belong to a file, from those of the package.
func slot(k Kind, key string) string {
	if k == Import {
		return "import " + key
	}
	return key
}

func (m *Memory) sort() {
	slices.SortStableFunc(m.decls, func(a, b *Decl) int {
		return cmp.Or(int(a.Kind)-int(b.Kind), strings.Compare(a.Keys[0], b.Keys[0]))
	})
}

// Decls are all declarations, sorted by kind and key.
func (m Memory) Decls() []*Decl { return m.decls }

// Empty tells whether nothing is declared.
func (m Memory) Empty() bool { return len(m.decls) == 0 }

// kindNames name kinds as GoNB does when it removes.
var kindNames = map[Kind]string{Import: "import", Const: "const", Type: "type", Var: "var", Func: "func"}

// Remove forgets keys. It says for each what it was, in the words of GoNB: removed
// goes to standard output, missing to standard error.
func (m Memory) Remove(keys []string) (next Memory, removed, missing string) {
	next = m
	for _, key := range keys {
		found := false
		var rest []*Decl
		for _, d := range next.decls {
			if slices.Contains(d.Keys, key) {
				found = true
				removed += fmt.Sprintf(". removed %s %s\n", kindNames[d.Kind], key)
				continue
			}
			rest = append(rest, d)
		}
		if !found {
			missing += fmt.Sprintf(". key %q not found in any definition, not removed\n", key)
			continue
		}
		next = Memory{decls: rest}
	}
	return next, removed, missing
}

// headings of the lists, as GoNB shows them.
var headings = []struct {
	kind Kind
	text string
}{{Import, "Imports"}, {Const, "Constants"}, {Type, "Types"}, {Var, "Variables"}, {Func, "Functions"}}

// Lists are the declarations as lists in HTML: a title and one list for each kind
// that there is.
func (m Memory) Lists() []string {
	out := []string{"<h3>Memorized Definitions</h3>\n"}
	for _, h := range headings {
		var keys []string
		for _, d := range m.decls {
			if d.Kind == h.kind {
				keys = append(keys, d.Keys...)
			}
		}
		if keys == nil {
			continue
		}
		slices.Sort(keys)
		var b strings.Builder
		fmt.Fprintf(&b, "<h4>%s</h4>\n<ul>\n", h.text)
		for _, k := range keys {
			fmt.Fprintf(&b, "<li><pre>%s</pre></li>\n", html.EscapeString(k))
		}
		b.WriteString("</ul>")
		out = append(out, b.String())
	}
	return out
}

// Tests are the names of functions that go test runs whose name begins with one of
// the prefixes, of one cell or, for count 0, of all.
func (m Memory) Tests(count int, prefixes ...string) []string {
	var names []string
	for _, d := range m.decls {
		if !d.Test || count > 0 && d.Cell != count {
			continue
		}
		for _, p := range prefixes {
			if strings.HasPrefix(d.Keys[0], p) {
				names = append(names, d.Keys[0])
				break
			}
		}
	}
	return names
}
