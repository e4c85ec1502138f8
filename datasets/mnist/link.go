//go:build !spikebook_cell

package mnist

// A program gets the HTTP client with mnist. Cells of the kernel do without: see
// package port.
import _ "github.com/spikebook/spikebook/datasets/mnist/fetch"
