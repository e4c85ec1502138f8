package draw

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"strings"

	"github.com/spikebook/spikebook/display/figure"
)

//go:embed player.js
var playerScript string

// Limits of a player. The animated picture stands in where no script runs.
const (
	maxPlayer      = 40 << 20 // bytes of HTML; notebooks refuse larger messages
	fallbackFrames = 30
	fallbackLevels = 32
	fineBytes      = 600 << 10 // deflated data with all colours; above, with half of them
)

// playerData is what the script of a player reads.
type playerData struct {
	ID       string              `json:"id"`
	Width    int                 `json:"width"` // CSS pixels
	Height   int                 `json:"height"`
	Frames   int                 `json:"frames"`
	Interval float64             `json:"interval"` // milliseconds
	Still    string              `json:"still"`    // data URL of the figure without its images
	Colors   map[string][]uint32 `json:"colors"`   // colour maps as little-endian RGBA
	Parts    []playerPart        `json:"parts"`
	// Data holds, deflated and in base64, for each part in turn the colour
	// indices of all frames, each as the difference to the frame before.
	Data string `json:"data"`
}

type playerPart struct {
	Rows   int    `json:"rows"`
	Cols   int    `json:"cols"`
	X      int    `json:"x"` // pixels, two to a CSS pixel
	Y      int    `json:"y"`
	W      int    `json:"w"`
	H      int    `json:"h"`
	Map    string `json:"map"`
	Blocks []int  `json:"blocks,omitempty"`
}

// Player makes a block of HTML that plays a film: a canvas with a button, a
// slider, the number of the frame and the speed. It needs no other file and no
// network. Its first element is an animated picture of at most 30 frames; the
// script replaces it. So the film also moves where scripts do not run: in a
// notebook that is not trusted, in a mail, on a site that strips them.
func Player(film *figure.Film) (string, error) {
	rl, err := newReel(film)
	if err != nil {
		return "", err
	}
	d := playerData{
		Width: rl.still.Rect.Dx() / figure.Density, Height: rl.still.Rect.Dy() / figure.Density,
		Frames: rl.frames, Interval: film.Interval, Colors: map[string][]uint32{},
	}
	if d.Still, err = dataURL(rl.still); err != nil {
		return "", err
	}
	packed, err := rl.pack(false)
	if err == nil && len(packed) > fineBytes {
		// Half of the colours cannot be told from all of them on a screen, and
		// save a fifth.
		packed, err = rl.pack(true)
	}
	if err != nil {
		return "", err
	}
	d.Data = base64.StdEncoding.EncodeToString(packed)
	sum := sha256.Sum256(append(packed, d.Still...))
	d.ID = fmt.Sprintf("%x", sum[:8])
	for _, p := range rl.parts {
		name := string(p.img.Map)
		pp := playerPart{Rows: p.img.Rows, Cols: p.img.Cols, X: p.rect.Min.X, Y: p.rect.Min.Y, W: p.rect.Dx(), H: p.rect.Dy(), Map: name}
		if p.img.BlockRows > 0 && p.img.BlockCols > 0 {
			pp.Blocks = []int{p.img.BlockRows, p.img.BlockCols}
		}
		d.Parts = append(d.Parts, pp)
		var colors []uint32
		for _, c := range lut(p.img.Map) {
			colors = append(colors, uint32(c.R)|uint32(c.G)<<8|uint32(c.B)<<16|0xff000000)
		}
		d.Colors[name] = colors
	}
	moving, err := rl.apng(fallbackFrames, fallbackLevels)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(d)
	if err != nil {
		return "", fmt.Errorf("film%s: cannot be written as JSON: %w", named(film.Figure), err)
	}
	html := fmt.Sprintf(`<div data-spikebook-film="%s"><img style="max-width:100%%;height:auto" width="%d" height="%d" alt="Film of %d frames" src="data:image/png;base64,%s"></div>
<script>
%s</script>`, d.ID, d.Width, d.Height, d.Frames, base64.StdEncoding.EncodeToString(moving),
		strings.Replace(playerScript, "{{FILM}}", string(text), 1))
	if len(html) > maxPlayer {
		return "", fmt.Errorf("film%s: %d frames make %d MB of HTML, want at most %d; add fewer frames, or save it as .png",
			named(film.Figure), rl.frames, len(html)>>20, maxPlayer>>20)
	}
	return html, nil
}

// pack deflates the colour indices of all frames.
func (rl *reel) pack(coarse bool) ([]byte, error) {
	var buf bytes.Buffer
	z, err := zlib.NewWriterLevel(&buf, zlib.BestCompression)
	if err != nil {
		return nil, err
	}
	for k := range rl.parts {
		var now, before []uint8
		for i := range rl.frames {
			now = rl.indices(i, k, coarse, now)
			diff := append([]uint8{}, now...)
			for j := range before {
				diff[j] -= before[j]
			}
			if _, err := z.Write(diff); err != nil {
				return nil, err
			}
			now, before = before, now
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

func dataURL(img *image.RGBA) (string, error) {
	var src image.Image = img
	if p := paletted(img); p != nil {
		src = p
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, src); err != nil {
		return "", fmt.Errorf("draw: the picture cannot be encoded: %w", err)
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(buf.Bytes()), nil
}
