package display_test

import (
	"fmt"

	"github.com/spikebook/spikebook/display"
)

// The picture of the bar-learning tutorial: two panels above, one across the
// bottom.
func ExampleGrid() {
	input := [][]float64{{1, 0}, {1, 0}}
	feature := [][]float64{{0.2, 0.9}}
	fields := [][]float64{{0.2, 0, 0.2, 0.2}, {0.2, 0, 0, 0}}

	fig := display.Grid(2, 2).Size(8, 8).Name("bars")
	fig.At(0, 0).Image(input, display.Gray).Title("Input")
	fig.At(0, 1).Image(feature, display.Gray).Title("Feature")
	fig.Span(1, 0, 1, 2).Image(fields, display.Gray).Range(0, 0.3).Title("Receptive fields").ColorBar()

	fmt.Println(fig)
	w, h := fig.PNGSize()
	fmt.Println(w, "×", h, "pixels on the page")
	// Output:
	// figure bars (3 of 2×2 panels)
	// 768 × 768 pixels on the page
}

// Mistakes do not panic; they are told when the figure is shown.
func ExampleFigure_Err() {
	fig := display.Image([][]float64{{1, 2}, {3}}, display.Gray)
	fmt.Println(fig.Err() != nil)
	// Output: true
}

func ExampleNewFilm() {
	fig := display.Grid(1, 2)
	fig.At(0, 0).Image(nil, display.Gray).Title("Input")
	fig.At(0, 1).Image(nil, display.Gray).Title("Weights").Range(0, 0.3)
	film := display.NewFilm(fig)
	for k := range 50 {
		w := 0.3 * float64(k) / 49
		film.Add([][]int{{k % 2, 1 - k%2}}, [][]float64{{w, 0.3 - w}})
	}
	fmt.Println(film) // film.Show() shows the player
	// Output: film (50 frames, 1 s)
}

func ExampleProgress() {
	sum := 0
	for i := range display.Progress(1000, "adding", display.Pace{Simulated: 50}) {
		sum += i
	}
	fmt.Println(sum)
	// Output: 499500
}

func ExampleTable() {
	fmt.Println(display.NewTable("Bar", "Neuron", "Mean weight").
		Row("row 0", 17, 0.183).
		Row("column 3", 4, 0.1712))
	// Output:
	// Bar       Neuron  Mean weight
	// ────────  ──────  ───────────
	// row 0         17        0.183
	// column 3       4       0.1712
}
