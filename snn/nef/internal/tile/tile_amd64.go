package tile

import "golang.org/x/sys/cpu"

// avx2 adds four rows: c and a begin at the first of them.
//
//go:noescape
func avx2(c *float64, stride int, a, b *float64, k int)

// avx512 adds all eight rows.
//
//go:noescape
func avx512(c *float64, stride int, a, b *float64, k int)

func add(c []float64, stride int, a, b []float64, k int) {
	switch {
	case cpu.X86.HasAVX512F:
		avx512(&c[0], stride, &a[0], &b[0], k)
	case cpu.X86.HasAVX2:
		avx2(&c[0], stride, &a[0], &b[0], k)
		avx2(&c[4*stride], stride, &a[4], &b[0], k)
	default:
		plain(c, stride, a, b, k)
	}
}
