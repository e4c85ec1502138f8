package render

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// A matrix is what all matrices and vectors of gonum are.
type matrix interface {
	Dims() (rows, columns int)
	At(i, j int) float64
}

// Bounds of a matrix: one that is larger is shown by its corners.
const (
	mostRows    = 20
	mostColumns = 12
	edge        = 3 // rows or columns that are shown at the end
)

// matrixText is a matrix as people write it, with five digits, columns aligned,
// and its size below when not all of it is shown:
//
//	⎡1   2⎤
//	⎣3  40⎦
func matrixText(m matrix) string {
	rows, columns := m.Dims()
	if rows <= 0 || columns <= 0 {
		return fmt.Sprintf("matrix %d×%d", rows, columns)
	}
	is, js := shownIndices(rows, mostRows), shownIndices(columns, mostColumns)
	cells := make([][]string, len(is))
	width := make([]int, len(js))
	for r, i := range is {
		for c, j := range js {
			text := "…"
			switch {
			case i >= 0 && j >= 0:
				text = fmt.Sprintf("%.5g", m.At(i, j))
			case i < 0 && j >= 0:
				text = "⋮"
			}
			cells[r] = append(cells[r], text)
			width[c] = max(width[c], utf8.RuneCountInString(text))
		}
	}
	var b strings.Builder
	for r, line := range cells {
		left, right := "⎢", "⎥"
		switch {
		case len(cells) == 1:
			left, right = "[", "]"
		case r == 0:
			left, right = "⎡", "⎤"
		case r == len(cells)-1:
			left, right = "⎣", "⎦"
		}
		if r > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(left)
		for c, text := range line {
			if c > 0 {
				b.WriteString("  ")
			}
			b.WriteString(strings.Repeat(" ", width[c]-utf8.RuneCountInString(text)) + text)
		}
		b.WriteString(right)
	}
	if len(is) < rows || len(js) < columns {
		fmt.Fprintf(&b, "\n(%d×%d)", rows, columns)
	}
	return b.String()
}

// shownIndices lists the indices of n that are shown, with -1 for those left out.
func shownIndices(n, most int) (indices []int) {
	for i := 0; i < n; i++ {
		if n > most && i == most-edge-1 {
			indices = append(indices, -1)
			i = n - edge
		}
		indices = append(indices, i)
	}
	return indices
}
