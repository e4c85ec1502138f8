// Package tile multiplies narrow panels of matrices, the inner loop of the decoder
// solve:
//
//	c[i][j] += Σ_k a[k][i]·b[k][j]     8 × 8 elements, k ascending
//
// Panels have 8 columns and are stored row by row. Every product and every sum is
// rounded by itself, in the order of k from 0, and the whole sum is added to c at
// the end; so vector code and plain code give the same bits on every machine.
package tile

// Width is the number of columns of a panel.
const Width = 8

// Add adds aᵀb to the 8 × 8 elements of c whose rows are stride apart. The panels
// have equal lengths, a multiple of 8. Add panics if c is too short.
func Add(c []float64, stride int, a, b []float64) {
	k := len(a) / Width
	if k == 0 {
		return
	}
	_ = c[7*stride+7]
	_ = b[k*Width-1]
	add(c, stride, a, b, k)
}

// plain is Add in Go.
func plain(c []float64, stride int, a, b []float64, k int) {
	for i := range Width {
		for j := 0; j < Width; j += 4 {
			var s0, s1, s2, s3 float64
			for r := range k {
				x, y := a[r*Width+i], b[r*Width+j:r*Width+j+4]
				s0 += float64(x * y[0])
				s1 += float64(x * y[1])
				s2 += float64(x * y[2])
				s3 += float64(x * y[3])
			}
			to := c[i*stride+j : i*stride+j+4]
			to[0] += s0
			to[1] += s1
			to[2] += s2
			to[3] += s3
		}
	}
}
