package display

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/spikebook/spikebook/display/figure"
	"github.com/spikebook/spikebook/display/internal/port"
)

// PNG returns the figure as a PNG with two pixels per CSS pixel; its size on
// the page is [Figure.PNGSize]. Where mistakes were made it returns a picture
// of their text, so that a notebook shows them; [Figure.Err] has them as an error.
func (f *Figure) PNG() []byte {
	png, err := f.png()
	if err != nil && port.Draw != nil {
		return port.Draw.Message(err.Error())
	}
	return png
}

// png draws the figure or returns the mistakes.
func (f *Figure) png() ([]byte, error) {
	desc, err := f.ready(false)
	if err != nil {
		return nil, err
	}
	d, err := renderer()
	if err != nil {
		return nil, err
	}
	return d.PNG(desc)
}

// PNGSize returns the width and height of what PNG returns, in CSS pixels.
// A notebook that shows the picture states them, or it appears twice as large.
func (f *Figure) PNGSize() (width, height int) {
	if desc, err := f.ready(false); err == nil && port.Draw != nil {
		if w, h, err := port.Draw.Size(desc); err == nil {
			return w, h
		}
	}
	return pngSize(f.PNG()) // the text of the mistakes
}

// Show shows the figure in the notebook. Outside a notebook it writes a file
// into the folder that SPIKEBOOK_FIGURES names, or the working directory, and
// prints its path. It returns the mistakes made in describing the figure.
func (f *Figure) Show() error {
	png, err := f.png()
	if err != nil {
		return err
	}
	if inNotebook() {
		w, h := pngSize(png)
		return send(map[string]any{"image/png": png, "text/plain": f.String()}, w, h)
	}
	return writeNew(f.fig.Name, ".png", png)
}

// Save writes the figure to a file whose name ends in .png.
func (f *Figure) Save(path string) error {
	if !strings.EqualFold(filepath.Ext(path), ".png") {
		return fmt.Errorf("figure %s: the file is to be %q, want a name that ends in .png; change the name", f.fig.Name, path)
	}
	png, err := f.png()
	if err != nil {
		return err
	}
	return write(path, png)
}

// Figure returns f, so that a figure and a panel can be used alike.
func (f *Figure) Figure() *Figure { return f }

// String describes the figure in one line.
func (f *Figure) String() string {
	name := f.fig.Name
	if name == "" {
		name = f.fig.Title
	}
	if name == "" && len(f.panels) > 0 {
		name = f.panels[0].desc.Title
	}
	s := "figure"
	if name != "" {
		s += " " + name
	}
	if len(f.errs) > 0 {
		return f.Err().Error() // each mistake names the figure
	}
	return fmt.Sprintf("%s (%d of %d×%d panels)", s, len(f.panels), f.fig.Rows, f.fig.Cols)
}

// PNG returns the panel's figure as a PNG; see [Figure.PNG].
func (p *Panel) PNG() []byte { return p.owner.PNG() }

// PNGSize returns the size of the picture on a page; see [Figure.PNGSize].
func (p *Panel) PNGSize() (width, height int) { return p.owner.PNGSize() }

// Show shows the panel's figure; see [Figure.Show].
func (p *Panel) Show() error { return p.owner.Show() }

// Save writes the panel's figure to a file; see [Figure.Save].
func (p *Panel) Save(path string) error { return p.owner.Save(path) }

// Err returns the mistakes made in the panel's figure, or nil.
func (p *Panel) Err() error { return p.owner.Err() }

// Size sets width and height of the panel's figure in inches.
func (p *Panel) Size(width, height float64) *Panel {
	p.owner.Size(width, height)
	return p
}

// Name sets the name of the panel's figure; see [Figure.Name].
func (p *Panel) Name(name string) *Panel {
	p.owner.Name(name)
	return p
}

// String describes the panel's figure in one line.
func (p *Panel) String() string { return p.owner.String() }

// pngSize reads the size in CSS pixels from a PNG's header.
func pngSize(png []byte) (width, height int) {
	if len(png) < 24 {
		return 0, 0
	}
	return int(binary.BigEndian.Uint32(png[16:])) / figure.Density, int(binary.BigEndian.Uint32(png[20:])) / figure.Density
}

func renderer() (port.Renderer, error) {
	if port.Draw == nil {
		return nil, errors.New("display: this program was built with the tag spikebook_cell, but nothing that draws is linked; import github.com/spikebook/spikebook/display/draw in the program that loads it")
	}
	return port.Draw, nil
}

func inNotebook() bool { return port.Notebook != nil && port.Notebook.Present() }

// send shows data in the notebook and waits until it is published, so that
// what is printed next stands below it.
func send(data map[string]any, width, height int) error {
	err := port.Notebook.Send(data, width, height, "")
	if err == nil {
		port.Notebook.Sync()
	}
	return err
}

// FiguresEnv names the environment variable that holds the folder into which
// Show writes outside a notebook.
const FiguresEnv = "SPIKEBOOK_FIGURES"

var shown struct {
	sync.Mutex
	count int
}

// writeNew writes data under the figure's name, or a numbered one, and prints
// the path.
func writeNew(name, ext string, data []byte) error {
	shown.Lock()
	defer shown.Unlock()
	shown.count++
	if name = fileName(name); name == "" {
		name = fmt.Sprintf("display-%03d", shown.count)
	}
	path := filepath.Join(os.Getenv(FiguresEnv), name+ext)
	if err := write(path, data); err != nil {
		return err
	}
	fmt.Println(path)
	return nil
}

// fileName makes a name that any file system takes.
func fileName(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '-'
		}
		return r
	}, strings.TrimSpace(s))
	if strings.Trim(s, ".") == "" {
		return ""
	}
	return strings.ToValidUTF8(s[:min(len(s), 200)], "")
}

func write(path string, data []byte) error {
	if dir := filepath.Dir(path); dir != "." {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return fmt.Errorf("picture %s: its folder cannot be made; name a folder that you may write to: %w", path, err)
		}
	}
	if err := os.WriteFile(path, data, 0o666); err != nil {
		return fmt.Errorf("picture %s: %d bytes cannot be written; name a file that you may write and check the free space: %w", path, len(data), err)
	}
	return nil
}
