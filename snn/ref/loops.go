package ref

import (
	"encoding/binary"
	"math"
)

// Element loops. Operands are as long as the destination, or scalars. Every
// result is stored before it is used, so no two operations are ever fused.

type float interface{ float32 | float64 }

type number interface{ float32 | float64 | int64 }

func addVV[T number](d, a, b []T) {
	a, b = a[:len(d)], b[:len(d)]
	for k := range d {
		d[k] = a[k] + b[k]
	}
}

func addVS[T number](d, a []T, s T) {
	a = a[:len(d)]
	for k := range d {
		d[k] = a[k] + s
	}
}

func subVV[T number](d, a, b []T) {
	a, b = a[:len(d)], b[:len(d)]
	for k := range d {
		d[k] = a[k] - b[k]
	}
}

func subVS[T number](d, a []T, s T) {
	a = a[:len(d)]
	for k := range d {
		d[k] = a[k] - s
	}
}

func subSV[T number](d []T, s T, b []T) {
	b = b[:len(d)]
	for k := range d {
		d[k] = s - b[k]
	}
}

func mulVV[T number](d, a, b []T) {
	a, b = a[:len(d)], b[:len(d)]
	for k := range d {
		d[k] = a[k] * b[k]
	}
}

func mulVS[T number](d, a []T, s T) {
	a = a[:len(d)]
	for k := range d {
		d[k] = a[k] * s
	}
}

func divVV[F float](d, a, b []F) {
	a, b = a[:len(d)], b[:len(d)]
	for k := range d {
		d[k] = a[k] / b[k]
	}
}

func divVS[F float](d, a []F, s F) {
	a = a[:len(d)]
	for k := range d {
		d[k] = a[k] / s
	}
}

func divSV[F float](d []F, s F, b []F) {
	b = b[:len(d)]
	for k := range d {
		d[k] = s / b[k]
	}
}

func neg[T number](d, a []T) {
	a = a[:len(d)]
	for k := range d {
		d[k] = -a[k]
	}
}

// divInt truncates towards zero; x/0 is 0.
func divInt(d, a, b []int64) {
	for k := range d {
		switch y := b[k]; y {
		case 0:
			d[k] = 0
		default:
			d[k] = a[k] / y // Go defines MinInt64 / -1 as MinInt64
		}
	}
}

// minVV is a < b ? a : b.
func minVV[T number](d, a, b []T) {
	a, b = a[:len(d)], b[:len(d)]
	for k := range d {
		x := b[k]
		if y := a[k]; y < x {
			x = y
		}
		d[k] = x
	}
}

// maxVV is a > b ? a : b.
func maxVV[T number](d, a, b []T) {
	a, b = a[:len(d)], b[:len(d)]
	for k := range d {
		x := b[k]
		if y := a[k]; y > x {
			x = y
		}
		d[k] = x
	}
}

// minSV is s < b ? s : b; with s as an upper bound of b.
func minSV[T number](d []T, s T, b []T) {
	b = b[:len(d)]
	for k := range d {
		x := b[k]
		if s < x {
			x = s
		}
		d[k] = x
	}
}

// maxSV is s > b ? s : b; with s as a lower bound of b.
func maxSV[T number](d []T, s T, b []T) {
	b = b[:len(d)]
	for k := range d {
		x := b[k]
		if s > x {
			x = s
		}
		d[k] = x
	}
}

func bit(b bool) uint8 {
	if b {
		return 1
	}
	return 0
}

func lt[T number](d []uint8, a, b []T) {
	a, b = a[:len(d)], b[:len(d)]
	for k := range d {
		d[k] = bit(a[k] < b[k])
	}
}

func le[T number](d []uint8, a, b []T) {
	a, b = a[:len(d)], b[:len(d)]
	for k := range d {
		d[k] = bit(a[k] <= b[k])
	}
}

func eq[T number | uint8](d []uint8, a, b []T) {
	a, b = a[:len(d)], b[:len(d)]
	for k := range d {
		d[k] = bit(a[k] == b[k])
	}
}

func ne[T number | uint8](d []uint8, a, b []T) {
	a, b = a[:len(d)], b[:len(d)]
	for k := range d {
		d[k] = bit(a[k] != b[k])
	}
}

// choose is c ? a : b; form tells which of a and b is one number. Where c is 0
// for eight elements in a row they are done at once: neurons rarely fire.
func choose[T number | uint8](d []T, c []uint8, a, b []T, form form) {
	c = c[:len(d)]
	if form == vs {
		splat(d, b[0])
	} else {
		copy(d, b)
	}
	k := 0
	for ; k+8 <= len(c); k += 8 {
		if binary.LittleEndian.Uint64(c[k:]) != 0 {
			pick(d[k:k+8], c[k:k+8], a, k, form)
		}
	}
	if k < len(c) {
		pick(d[k:], c[k:], a, k, form)
	}
}

// pick puts elements of a from number k on in d where c is not 0.
func pick[T number | uint8](d []T, c []uint8, a []T, k int, form form) {
	c = c[:len(d)]
	if form == sv {
		x := a[0]
		for k := range d {
			if c[k] != 0 {
				d[k] = x
			}
		}
		return
	}
	a = a[k:][:len(d)]
	for k := range d {
		if c[k] != 0 {
			d[k] = a[k]
		}
	}
}

// compareLt is a < b, compareLe a ≤ b, of two vectors or of one and a number.
func compareLt[T number](d []uint8, a, b []T, form form) {
	switch form {
	case vs:
		a, s := a[:len(d)], b[0]
		for k := range d {
			d[k] = bit(a[k] < s)
		}
	case sv:
		b, s := b[:len(d)], a[0]
		for k := range d {
			d[k] = bit(s < b[k])
		}
	default:
		lt(d, a, b)
	}
}

func compareLe[T number](d []uint8, a, b []T, form form) {
	switch form {
	case vs:
		a, s := a[:len(d)], b[0]
		for k := range d {
			d[k] = bit(a[k] <= s)
		}
	case sv:
		b, s := b[:len(d)], a[0]
		for k := range d {
			d[k] = bit(s <= b[k])
		}
	default:
		le(d, a, b)
	}
}

func splat[T any](d []T, s T) {
	for k := range d {
		d[k] = s
	}
}

// gather copies every stride-th element of src from start on.
func gather[T any](d, src []T, start, stride int) {
	for k := range d {
		d[k] = src[start]
		start += stride
	}
}

// smallest is the smallest normal number of F: stored magnitudes below it
// become +0.
func smallest[F float]() F {
	if _, ok := any(F(0)).(float32); ok {
		return 0x1p-126
	}
	x := 0x1p-1022
	return F(x)
}

// flushed is the value that is stored for x.
func flushed[F float](x, tiny F) F {
	if x < tiny && x > -tiny {
		return 0
	}
	return x
}

// toInt truncates; NaN is 0, and what does not fit becomes the nearest int64.
func toInt(x float64) int64 {
	switch {
	case x >= 0x1p63:
		return math.MaxInt64
	case x <= -0x1p63:
		return math.MinInt64
	case x != x:
		return 0
	}
	return int64(x)
}

// modInt has the sign of y, as in Python; x mod 0 is 0.
func modInt(x, y int64) int64 {
	if y == 0 || y == -1 {
		return 0
	}
	r := x % y
	if r != 0 && (r < 0) != (y < 0) {
		r += y
	}
	return r
}
