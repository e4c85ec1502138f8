// Package render turns the value of a cell's last expression into a mime bundle:
// what a notebook shows below the cell.
//
// The text form is always there: `6`, `[1 4 9]`, `{X:1 Y:2}`, as fmt's %+v gives
// it, and a value's String method where it has one. Long values are cut, with a
// count of what there is. Rich forms come from methods, found on the value or on
// a pointer to it:
//
//	HTML() string                      text/html
//	Markdown() string                  text/markdown
//	Latex() string, LaTeX() string     text/latex
//	SVG() string                       image/svg+xml
//	PNG() []byte, PNG() image.Image    image/png (an error as second result is allowed)
//	JPEG() []byte                      image/jpeg
//	JSON() T                           application/json
//	MarshalJSON() ([]byte, error)      application/json, for types without a text form of their own
//	MIMEBundle() (data, metadata map[string]any)   anything; comes before all others
//
// An image.Image is shown as PNG, a matrix of gonum (Dims and At) in rows, and what
// has no method of its own may be drawn by a function given to [AddPicture]: the
// worker does so for plots of gonum. A picture with more than one pixel per CSS pixel
// says how large it should appear by PNGSize() (width, height int), in CSS pixels.
//
// The methods are user code: one that panics is reported in the text form and
// harms nothing else. Only the panics that end a cell (an interrupt, os.Exit)
// pass through. The package is used in the worker, in the goroutine of the cell.
package render
