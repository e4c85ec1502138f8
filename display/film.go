package display

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"time"

	"github.com/spikebook/spikebook/display/figure"
)

// Film is a figure whose images change from frame to frame. [Film.Show] shows
// a player with a slider in the notebook; [Film.Save] writes an animated PNG
// or a page with the player.
//
//	fig := display.Grid(1, 2)
//	fig.At(0, 0).Image(nil, display.Gray).Title("Input")
//	fig.At(0, 1).Image(nil, display.Gray).Title("Weights").Range(0, 0.3)
//	film := display.NewFilm(fig)
//	for … {
//		film.Add(input, weights) // as many matrices as there are images
//	}
//	film.Show()
//
// A film is not safe for use by several goroutines.
type Film struct {
	fig  *Figure
	film figure.Film
	errs []error
	size int // values kept
}

// Picture is a [Figure] or a [Panel].
type Picture interface{ Figure() *Figure }

// maxFilm bounds the values that a film keeps: 1 GB.
const maxFilm = 1 << 28

// NewFilm begins a film whose frames look like fig: its images, in the order
// in which they were described, get new values with every frame. An image that
// will be filled only by the frames is described with nil. Images without
// [Panel.Range] get the range of all frames. Frames are 20 ms apart.
func NewFilm(fig Picture) *Film {
	f := &Film{}
	f.film.Interval = 20
	if fig == nil {
		f.fig = Grid(1, 1)
		f.fail(errors.New("the figure is nil, want one with images; begin with display.Grid(rows, cols)"))
		return f
	}
	f.fig = fig.Figure()
	f.film.Figure = &f.fig.fig
	for _, p := range f.fig.panels {
		images := 0
		for _, l := range p.desc.Layers {
			if img, ok := l.(*figure.Image); ok {
				images++
				f.film.Images = append(f.film.Images, img)
			}
		}
		if images > 1 {
			f.fail(fmt.Errorf("%s has %d images, want one at most; put the others into panels of their own", p.where(), images))
		}
	}
	if len(f.film.Images) == 0 && len(f.fig.errs) == 0 {
		f.fail(errors.New("the figure has no image to move, want at least one; add it with Image(nil, display.Gray)"))
	}
	return f
}

// Interval sets the time between frames: 20 ms makes 50 frames a second.
func (f *Film) Interval(d time.Duration) *Film {
	if d < time.Millisecond || d > time.Minute {
		f.fail(fmt.Errorf("interval is %v, want 1 ms to 1 min; 20*time.Millisecond is usual", d))
		return f
	}
	f.film.Interval = float64(d) / float64(time.Millisecond)
	return f
}

// Add appends a frame: one matrix for each image of the figure, of the kinds
// that [Panel.Image] takes. The values are copied, as float32.
func (f *Film) Add(images ...any) {
	if len(f.errs) > 0 || len(f.fig.errs) > 0 {
		return // the first mistake is told; a loop would repeat it
	}
	n := len(f.film.Frames)
	if len(images) != len(f.film.Images) {
		f.fail(fmt.Errorf("frame %d has %d matrices, want %d, one for each image of the figure; call Add once per frame with all of them", n, len(images), len(f.film.Images)))
		return
	}
	frame := make([][]float32, len(images))
	shapes := make([][2]int, len(images))
	for k, m := range images {
		data, rows, cols, err := matrix(m)
		if err != nil {
			f.fail(fmt.Errorf("frame %d: matrix %d %w", n, k, err))
			return
		}
		img := f.film.Images[k]
		if img.Transposed {
			data, rows, cols = transpose(data, rows, cols), cols, rows
		}
		if img.Rows != 0 && (rows != img.Rows || cols != img.Cols) {
			f.fail(fmt.Errorf("frame %d: matrix %d is %d×%d, but the image is %d×%d; give matrices of one size", n, k, rows, cols, img.Rows, img.Cols))
			return
		}
		f.size += len(data)
		shapes[k] = [2]int{rows, cols}
		frame[k] = make([]float32, len(data))
		for i, v := range data {
			frame[k][i] = clip32(v)
		}
	}
	if f.size > maxFilm {
		f.fail(fmt.Errorf("frame %d makes %d values, want at most %d; add every tenth frame, or a part of each matrix", n, f.size, maxFilm))
		return
	}
	for k, img := range f.film.Images {
		img.Rows, img.Cols = shapes[k][0], shapes[k][1]
	}
	f.film.Frames = append(f.film.Frames, frame)
}

// clip32 keeps finite values finite in float32.
func clip32(v float64) float32 {
	if finite(v) {
		v = math.Max(-math.MaxFloat32, math.Min(v, math.MaxFloat32))
	}
	return float32(v)
}

// Len returns the number of frames.
func (f *Film) Len() int { return len(f.film.Frames) }

// Err returns the mistakes made in the film and its figure, or nil.
func (f *Film) Err() error {
	_, err := f.ready()
	return err
}

func (f *Film) ready() (*figure.Film, error) {
	_, err := f.fig.ready(true)
	err = errors.Join(append([]error{err}, f.errs...)...)
	if err == nil && len(f.film.Frames) == 0 {
		err = fmt.Errorf("%s: has no frames, want at least one; call Add in the loop", f.what())
	}
	return &f.film, err
}

func (f *Film) what() string {
	if f.fig.fig.Name != "" {
		return "film " + f.fig.fig.Name
	}
	return "film"
}

func (f *Film) fail(err error) {
	if len(f.errs) >= maxErrs {
		return
	}
	what := f.what()
	if at := callerLine(); at != "" {
		what += " (" + at + ")"
	}
	f.errs = append(f.errs, fmt.Errorf("%s: %w", what, err))
}

// HTML returns the player: a block of HTML with everything in it, which also
// works in exported pages and without a network. Where scripts do not run it
// shows an animated picture of some of the frames.
func (f *Film) HTML() string {
	html, err := f.player()
	if err != nil {
		return "<pre style=\"color:#b01c1c\">" + escape(err.Error()) + "</pre>"
	}
	return html
}

func (f *Film) player() (string, error) {
	film, err := f.ready()
	if err != nil {
		return "", err
	}
	d, err := renderer()
	if err != nil {
		return "", err
	}
	return d.Player(film)
}

// APNG returns all frames as an animated PNG, one pixel per CSS pixel.
func (f *Film) APNG() ([]byte, error) {
	film, err := f.ready()
	if err != nil {
		return nil, err
	}
	d, err := renderer()
	if err != nil {
		return nil, err
	}
	return d.APNG(film, 0)
}

// Show shows the player in the notebook. Outside a notebook it writes a page
// with the player, as [Figure.Show] writes a picture, and prints its path.
func (f *Film) Show() error {
	html, err := f.player()
	if err != nil {
		return err
	}
	if inNotebook() {
		return send(map[string]any{"text/html": html, "text/plain": f.String()}, 0, 0)
	}
	return writeNew(f.fig.fig.Name, ".html", []byte(page(f.String(), html)))
}

// Save writes the film to a file: an animated PNG if its name ends in .png or
// .apng, a page with the player if it ends in .html.
func (f *Film) Save(path string) error {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".png", ".apng":
		png, err := f.APNG()
		if err != nil {
			return err
		}
		return write(path, png)
	case ".html":
		html, err := f.player()
		if err != nil {
			return err
		}
		return write(path, []byte(page(f.String(), html)))
	}
	return fmt.Errorf("%s: the file is to be %q, want a name that ends in .png, .apng or .html; change the name", f.what(), path)
}

// String describes the film in one line.
func (f *Film) String() string {
	if err := f.Err(); err != nil {
		return err.Error()
	}
	seconds := float64(f.Len()) * f.film.Interval / 1000
	return fmt.Sprintf("%s (%d frames, %.3g s)", f.what(), f.Len(), seconds)
}

// page puts a block of HTML into a document.
func page(title, body string) string {
	return "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>" + escape(title) + "</title>\n<body style=\"margin:1em;font-family:sans-serif\">\n" + body + "\n</body></html>\n"
}

// escape makes text safe inside HTML.
func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;").Replace(s)
}
