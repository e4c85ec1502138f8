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

// choose is c ? a : b; form tells which of a and b is one number. d may be a or b.
func choose[T number | uint8](d []T, c []uint8, a, b []T, form form) {
	c = c[:len(d)]
	for k := 0; k < len(d); {
		n, is := alike(c[k:])
		end := k + n
		switch {
		case is == every && form == sv:
			splat(d[k:end], a[0])
		case is == every:
			copy(d[k:end], a[k:end])
		case is == none && form == vs:
			splat(d[k:end], b[0])
		case is == none:
			copy(d[k:end], b[k:end])
		default:
			x, y := a, b
			if form != sv {
				x = a[k:]
			}
			if form != vs {
				y = b[k:]
			}
			pick(d[k:end], c[k:end], x, y, form)
		}
		k = end
	}
}

// pick is choose element by element.
func pick[T number | uint8](d []T, c []uint8, a, b []T, form form) {
	c = c[:len(d)]
	switch form {
	case sv:
		b, x := b[:len(d)], a[0]
		for k := range d {
			y := b[k]
			if c[k] != 0 {
				y = x
			}
			d[k] = y
		}
	case vs:
		a, y := a[:len(d)], b[0]
		for k := range d {
			x := a[k]
			if c[k] == 0 {
				x = y
			}
			d[k] = x
		}
	default:
		a, b := a[:len(d)], b[:len(d)]
		for k := range d {
			x := a[k]
			if c[k] == 0 {
				x = b[k]
			}
			d[k] = x
		}
	}
}

// mask tells of conditions side by side which hold.
type mask uint8

const (
	none mask = iota
	every
	some
)

// alike counts the conditions at the beginning of c, eight at a time, of which
// none or every one holds, or tells that of the first eight some do. Neurons rarely
// fire and are mostly alike, so that whole blocks are done at once.
func alike(c []uint8) (n int, is mask) {
	if len(c) < 8 {
		return len(c), some
	}
	const ones = 0x0101010101010101
	word := binary.LittleEndian.Uint64(c)
	switch word {
	case 0:
		is = none
	case ones:
		is = every
	default:
		return 8, some
	}
	for n = 8; n+8 <= len(c) && binary.LittleEndian.Uint64(c[n:]) == word; {
		n += 8
	}
	return n, is
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

// pickAt copies the elements of src with the numbers at.
func pickAt[T any](d, src []T, at []int64) {
	at = at[:len(d)]
	for k := range d {
		d[k] = src[at[k]]
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
