package cell

import (
	"sort"
	"strings"
)

// edits changes a text by byte ranges. The text itself is never reprinted:
// what no edit touches stays as the user wrote it, line ends included.
type edits struct {
	text string
	list []edit
}

type edit struct {
	start, end int // start == end inserts
	text       string
}

func (e *edits) replace(start, end int, text string) {
	if start >= 0 && end >= start {
		e.list = append(e.list, edit{start, end, text})
	}
}

func (e *edits) insert(at int, text string) { e.replace(at, at, text) }

// render returns text[start:end] with the edits that lie inside of it. Edits
// within a replaced range have no effect; insertions at one place keep the
// order in which they were made.
func (e *edits) render(start, end int) string {
	var inside []edit
	for _, one := range e.list {
		if one.start >= start && one.end <= end {
			inside = append(inside, one)
		}
	}
	sort.SliceStable(inside, func(i, j int) bool {
		a, b := inside[i], inside[j]
		if a.start != b.start {
			return a.start < b.start
		}
		return a.end == a.start && b.end > b.start // insertions first
	})
	var b strings.Builder
	at := start
	for _, one := range inside {
		if one.start < at {
			continue
		}
		b.WriteString(e.text[at:one.start])
		b.WriteString(one.text)
		at = one.end
	}
	b.WriteString(e.text[at:end])
	return b.String()
}
