package npy_test

import (
	"fmt"
	"os"
	"path/filepath"

	"gonum.org/v1/gonum/mat"

	"github.com/spikebook/spikebook/npy"
)

// Weights go to a file that numpy.load reads, and come back.
func Example() {
	dir, err := os.MkdirTemp("", "npy")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "weights.npy")

	weights := []float32{0.25, 0.5, 0.75, 1, 1.25, 1.5}
	if err := npy.Save(path, weights, 2, 3); err != nil {
		fmt.Println(err)
		return
	}
	info, err := npy.Stat(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(info)

	a, err := npy.Load[float64](path) // float32 values are float64 values
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(a)

	var m mat.Dense
	if err := npy.LoadInto(path, &m); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(mat.Formatted(m.T()))
	// Output:
	// float32 (2, 3), <f4 (C order), 24 bytes, version 1.0
	// float64 (2, 3) [0.25 0.5 0.75 1 1.25 1.5]
	// ⎡0.25     1⎤
	// ⎢ 0.5  1.25⎥
	// ⎣0.75   1.5⎦
}

// A value that would change is an error; Convert rounds.
func ExampleConvert() {
	a := &npy.Array[float64]{Shape: []int{2}, Data: []float64{0.1, 2}}
	b, err := npy.Convert[float32](a)
	fmt.Println(b, err)
	// Output: float32 (2,) [0.1 2] <nil>
}
