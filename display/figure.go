package display

import (
	"errors"
	"fmt"
	"runtime"
	"strings"

	"github.com/spikebook/spikebook/display/figure"
)

// Figure is one picture: panels on a grid. Make one with [Grid], or with
// [Image], [Line] and so on where there is only one panel.
//
// Its methods return the figure, to be chained in any order. A mistake is kept
// and returned by [Figure.Err], [Figure.Show] and [Figure.Save], all of them
// together. A figure is not safe for use by several goroutines.
type Figure struct {
	fig    figure.Figure
	panels []*Panel
	errs   []error
}

// Grid returns an empty figure of rows × cols cells, to be filled by
// [Figure.At] and [Figure.Span]. Unless [Figure.Size] says otherwise it
// is as large as its panels need.
func Grid(rows, cols int) *Figure {
	f := &Figure{}
	if rows < 1 || cols < 1 || rows > maxCells || cols > maxCells {
		f.fail("", fmt.Errorf("grid is %d×%d, want 1 to %d rows and columns; use display.Grid(rows, cols)", rows, cols, maxCells))
		rows, cols = min(max(rows, 1), maxCells), min(max(cols, 1), maxCells)
	}
	f.fig.Rows, f.fig.Cols = rows, cols
	return f
}

// maxCells bounds the rows and columns of a grid.
const maxCells = 100

// Size sets width and height in inches; an inch is 96 pixels on the page.
func (f *Figure) Size(width, height float64) *Figure {
	if !(width >= 0.5 && height >= 0.5 && width <= figure.MaxSide && height <= figure.MaxSide) {
		f.fail("", fmt.Errorf("size is %v×%v inches, want 0.5 to %d; a usual size is Size(8, 5)", width, height, figure.MaxSide))
		return f
	}
	f.fig.Width, f.fig.Height = width, height
	return f
}

// Name sets the name of the file that [Figure.Show] writes outside a
// notebook, without its ending.
func (f *Figure) Name(name string) *Figure {
	f.fig.Name = name
	return f
}

// Title sets the title over all panels.
func (f *Figure) Title(text string) *Figure {
	f.fig.Title = text
	return f
}

// ColorBar gives all images of the figure one colour range and one colour bar
// at the right, with a label that may be empty.
func (f *Figure) ColorBar(label string) *Figure {
	f.fig.SharedBar, f.fig.BarLabel = true, label
	return f
}

// ShareX gives the panels of each column one x range, and ticks at the lowest
// one only.
func (f *Figure) ShareX() *Figure {
	f.fig.ShareX = true
	return f
}

// ShareY gives the panels of each row one y range, and ticks at the left one
// only.
func (f *Figure) ShareY() *Figure {
	f.fig.ShareY = true
	return f
}

// At returns the panel at row and col, counted from 0 at the upper left. It is
// made at the first call.
func (f *Figure) At(row, col int) *Panel { return f.Span(row, col, 1, 1) }

// Span returns the panel that covers rows × cols cells of which row, col is
// the upper left. It is made at the first call.
func (f *Figure) Span(row, col, rows, cols int) *Panel {
	if row < 0 || col < 0 || rows < 1 || cols < 1 ||
		row > f.fig.Rows-rows || col > f.fig.Cols-cols {
		f.fail("", fmt.Errorf("panel (%d, %d) of %d×%d cells lies outside the grid of %d×%d; rows and columns count from 0",
			row, col, rows, cols, f.fig.Rows, f.fig.Cols))
		return f.orphan()
	}
	for _, p := range f.panels {
		d := p.desc
		if d.Row == row && d.Col == col && d.RowSpan == rows && d.ColSpan == cols {
			return p
		}
		if row < d.Row+d.RowSpan && d.Row < row+rows && col < d.Col+d.ColSpan && d.Col < col+cols {
			f.fail("", fmt.Errorf("panel (%d, %d) of %d×%d cells covers panel (%d, %d); give every panel cells of its own",
				row, col, rows, cols, d.Row, d.Col))
			return f.orphan()
		}
	}
	p := &Panel{owner: f, desc: &figure.Panel{Row: row, Col: col, RowSpan: rows, ColSpan: cols}}
	f.panels = append(f.panels, p)
	f.fig.Panels = append(f.fig.Panels, p.desc)
	return p
}

// orphan returns a panel that takes calls but is not drawn.
func (f *Figure) orphan() *Panel {
	return &Panel{owner: f, desc: &figure.Panel{RowSpan: 1, ColSpan: 1}}
}

// Err returns the mistakes made so far, or nil.
func (f *Figure) Err() error { return errors.Join(f.errs...) }

// maxErrs bounds the mistakes kept: a loop may make the same one many times.
const maxErrs = 10

// fail keeps a mistake, with the line of the caller outside this package.
func (f *Figure) fail(where string, err error) {
	if len(f.errs) >= maxErrs {
		return
	}
	what := "figure"
	if f.fig.Name != "" {
		what += " " + f.fig.Name
	}
	if where != "" {
		what += ", " + where
	}
	if at := callerLine(); at != "" {
		what += " (" + at + ")"
	}
	f.errs = append(f.errs, fmt.Errorf("%s: %w", what, err))
}

// ready returns the description, or the mistakes that keep it from being
// drawn. Images that wait for a film's frames are a mistake unless film.
func (f *Figure) ready(film bool) (*figure.Figure, error) {
	errs := append([]error{}, f.errs...)
	if len(f.errs) == 0 {
		name := "figure"
		if f.fig.Name != "" {
			name += " " + f.fig.Name
		}
		if len(f.panels) == 0 {
			errs = append(errs, fmt.Errorf("%s: has no panels, want at least one; use At(row, col) and a layer such as Image or Line", name))
		}
		for _, p := range f.panels {
			for _, l := range p.desc.Layers {
				if img, ok := l.(*figure.Image); ok && img.Data == nil && !film {
					errs = append(errs, fmt.Errorf("%s, %s: the image has no data, want a matrix; only the figure of a film may leave it nil", name, p.where()))
				}
			}
		}
	}
	return &f.fig, errors.Join(errs...)
}

// pkgPath is how the functions of this package begin in a stack trace.
const pkgPath = "github.com/spikebook/spikebook/display."

// callerLine returns "file:line" of the nearest caller outside this package.
func callerLine() string {
	var pcs [24]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		fr, more := frames.Next()
		if fr.File != "" && (!strings.HasPrefix(fr.Function, pkgPath) || strings.HasSuffix(fr.File, "_test.go")) {
			return fmt.Sprintf("%s:%d", fr.File[strings.LastIndexAny(fr.File, `/\`)+1:], fr.Line)
		}
		if !more {
			return ""
		}
	}
}
