package cell

import (
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/spikebook/spikebook/kernel/magic"
)

// nearest returns the known name that a misspelt one probably meant: equal but
// for case, few edits away (a third of the length at most), or else the shortest
// that goes on where it ends: Histogram for Hist. Empty if none.
func nearest(name string, known []string) string {
	sorted := append([]string(nil), known...)
	sort.Strings(sorted)
	best, bestDistance := "", 1+utf8.RuneCountInString(name)/3
	longer := ""
	for _, k := range sorted {
		if k == name || k == "_" {
			continue
		}
		if strings.EqualFold(k, name) {
			return k
		}
		if utf8.RuneCountInString(name) < 3 {
			continue // everything is near to one or two letters
		}
		goesOn := strings.HasPrefix(strings.ToLower(k), strings.ToLower(name))
		if goesOn && (longer == "" || len(k) < len(longer)) {
			longer = k
		}
		if d := magic.Distance(strings.ToLower(name), strings.ToLower(k)); d < bestDistance || d == bestDistance && goesOn && best != "" {
			best, bestDistance = k, d
		}
	}
	if best == "" {
		return longer
	}
	return best
}
