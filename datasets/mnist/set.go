package mnist

import (
	"fmt"
	"strings"
)

// Side is the height and the width of an image, in pixels.
const Side = 28

// Pixels is the number of pixels of an image.
const Pixels = Side * Side

// Set is a number of images with their labels.
type Set struct {
	Images []uint8 // (image, row, column) in row-major order, rows from the top; 0 is paper, 255 is ink
	Labels []uint8 // (image); 0 to 9
}

// Len is the number of images.
func (s Set) Len() int { return len(s.Labels) }

// Shape is the shape of Images: number, rows, columns.
func (s Set) Shape() []int { return []int{s.Len(), Side, Side} }

// Image is image i, which shares memory with the set. It panics, as indexing
// does, if there is no image i.
func (s Set) Image(i int) Image { return s.Images[i*Pixels : (i+1)*Pixels : (i+1)*Pixels] }

// Normalized is image i scaled so that its pixels sum up to total, and every
// image injects the same current:
//
//	x[k] = p[k] / Σp · total
//
// The division and the product round to float32, as they do in PyGeNN's
// tutorial, so the values are NumPy's (Σp is exact: it is below 2²⁴). An image
// without ink stays zero. It panics, as indexing does, if there is no image i.
func (s Set) Normalized(i int, total float64) []float64 {
	image := s.Image(i)
	sum := 0
	for _, p := range image {
		sum += int(p)
	}
	x := make([]float64, Pixels)
	if sum == 0 {
		return x
	}
	for k, p := range image {
		x[k] = float64(float32(p) / float32(sum) * float32(total))
	}
	return x
}

// String tells how many images there are, and of which digits.
func (s Set) String() string {
	var of [256]int
	for _, label := range s.Labels {
		of[label]++
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%d images of %d×%d", s.Len(), Side, Side)
	between := ": "
	for digit, n := range of {
		if n > 0 {
			fmt.Fprintf(&text, "%s%d of %d", between, n, digit)
			between = ", "
		}
	}
	return text.String()
}

// Image is one image: [Pixels] grey values in row-major order. It is a matrix
// for package display and for gonum.
type Image []uint8

// Dims is the number of rows and columns.
func (m Image) Dims() (rows, cols int) { return Side, Side }

// At is the grey value of a pixel, 0 to 255.
func (m Image) At(row, col int) float64 { return float64(m[row*Side+col]) }

// String draws the image in characters, a line for each row.
func (m Image) String() string {
	const ink = " .:-=+*#%@" // from paper to ink
	lines := make([]string, 0, Side)
	for rest := m; len(rest) >= Side; rest = rest[Side:] {
		var line [Side]byte
		for col := range line {
			line[col] = ink[int(rest[col])*len(ink)/256]
		}
		lines = append(lines, strings.TrimRight(string(line[:]), " "))
	}
	return strings.Join(lines, "\n")
}
