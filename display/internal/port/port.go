// Package port names the two heavy things that display needs and does not
// import: something that draws, and something that speaks to a notebook.
//
// Packages draw and front put themselves here when they are linked. In an
// ordinary program display imports both. Cells of a notebook kernel that is
// built with the tag spikebook_cell do not: there the worker process, which is
// linked once, imports both, and each cell is smaller by the fonts, the
// rasteriser and the network code that gonbui's logger brings along.
//
// The variables are set during package initialisation and only read after it.
package port

import "github.com/spikebook/spikebook/display/figure"

// Renderer draws.
type Renderer interface {
	// PNG draws a figure.
	PNG(*figure.Figure) ([]byte, error)
	// Size returns the size in CSS pixels that PNG gives a figure.
	Size(*figure.Figure) (width, height int, err error)
	// Message draws lines of text, to be shown where a picture was wanted.
	Message(text string) []byte
	// APNG draws a film as an animated PNG; it leaves frames out, evenly, to
	// have at most maxFrames of them (0: all).
	APNG(film *figure.Film, maxFrames int) ([]byte, error)
	// Player makes the HTML block that plays a film.
	Player(film *figure.Film) (string, error)
	// RGB returns the colour that a layer's colour stands for.
	RGB(figure.Color) (r, g, b uint8)
}

// Front is the notebook that shows the output of this process.
type Front interface {
	// Present reports whether there is one.
	Present() bool
	// Send shows data, by MIME type, with the size of an image in CSS pixels
	// where width is not 0. Data sent again under the same id replaces the
	// earlier ones; an empty id stands for new data.
	Send(data map[string]any, width, height int, id string) error
	// Sync waits until everything sent is published.
	Sync()
	// NewID returns an id for Send that was not used before.
	NewID() string
}

// Draw is the renderer, nil if none is linked.
var Draw Renderer

// Notebook is the front end, nil if none is linked.
var Notebook Front
