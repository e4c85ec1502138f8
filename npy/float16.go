package npy

import (
	"math"
	"strconv"
)

// Float16 is a half-precision float (IEEE 754 binary16), kept as its bits, since Go
// has no such type. A file of them loads as []Float16, or exactly as []float32 or
// []float64.
type Float16 uint16

// Float32 is the value of h; every Float16 is exactly a float32.
func (h Float16) Float32() float32 {
	sign := uint32(h&0x8000) << 16
	exp := uint32(h>>10) & 0x1f
	frac := uint32(h) & 0x3ff
	switch exp {
	case 0: // zero or subnormal: frac · 2⁻²⁴
		f := float32(frac) * 0x1p-24
		return math.Float32frombits(math.Float32bits(f) | sign)
	case 0x1f: // infinity or NaN
		return math.Float32frombits(sign | 0xff<<23 | frac<<13)
	}
	return math.Float32frombits(sign | (exp+127-15)<<23 | frac<<13)
}

// ToFloat16 is the Float16 nearest to f, ties to even; beyond 65504 it is infinite.
func ToFloat16(f float32) Float16 {
	b := math.Float32bits(f)
	sign := Float16(b>>16) & 0x8000
	abs := b &^ (1 << 31)
	switch {
	case abs > 0xff<<23: // NaN: keep the top of its payload, stay quiet
		return sign | 0x7e00 | Float16(abs>>13)&0x3ff
	case abs >= 0x477ff000: // 65520 and more round to infinity
		return sign | 0x7c00
	case abs < 0x38800000: // below 2⁻¹⁴: a multiple of 2⁻²⁴
		n := math.RoundToEven(float64(math.Float32frombits(abs)) * 0x1p24)
		return sign | Float16(n)
	}
	abs -= (127 - 15) << 23
	return sign | Float16((abs+0xfff+abs>>13&1)>>13)
}

// String gives the value as a number.
func (h Float16) String() string {
	return strconv.FormatFloat(float64(h.Float32()), 'g', -1, 32)
}
