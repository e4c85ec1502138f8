package rng

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"unsafe"
)

// Integer is what randint can be asked for by its dtype.
type Integer interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64
}

// Randint is in [low, high), equally often: randint of NumPy with its default
// type of 64 bits.
func (r *RandomState) Randint(low, high int64) (int64, error) {
	var d [1]int64
	err := r.fillRandint("Randint", d[:], low, high)
	return d[0], err
}

// FillRandint is randint(low, high, len(dst)). As in NumPy nothing is checked
// if dst is empty.
func (r *RandomState) FillRandint(dst []int64, low, high int64) error {
	return r.fillRandint("FillRandint", dst, low, high)
}

func (r *RandomState) fillRandint(name string, dst []int64, low, high int64) error {
	if len(dst) > 0 && low >= high {
		return fmt.Errorf("rng.RandomState.%s: low is %d and high is %d, want low less than high; high itself is never drawn", name, low, high)
	}
	fillIntegers(r, dst, low, high-1)
	return nil
}

// RandomIntegers fills dst with numbers in [low, high], high included: NumPy's
// randint(low, high+1, len(dst), dtype) for the type T. The type matters: small
// ones take several numbers out of a word, and what is left of the last word is
// thrown away. T of int means 64 bits.
func RandomIntegers[T Integer](r *RandomState, dst []T, low, high T) error {
	if len(dst) > 0 && low > high {
		return fmt.Errorf("rng.RandomIntegers: low is %d and high is %d, want low at most high; exchange them", low, high)
	}
	fillIntegers(r, dst, low, high)
	return nil
}

// fillIntegers takes words, or parts of them as wide as T if that is less than
// 32 bits, cuts them to the bits of the largest number wanted, and rejects what
// is beyond it. A range of one number draws nothing.
func fillIntegers[T Integer](r *RandomState, dst []T, low, high T) {
	span := uint64(high) - uint64(low) // also right for negative numbers
	all := uint64(1)<<(bits.Len64(span)) - 1
	size := int(unsafe.Sizeof(low)) * 8
	switch {
	case span == 0:
		for i := range dst {
			dst[i] = low
		}
	case size <= 16:
		fillParts(r, dst, low, uint32(span), uint32(all), size)
	case span <= 1<<32-1:
		for i := range dst {
			dst[i] = low + T(r.masked32(uint32(span), uint32(all)))
		}
	default:
		for i := range dst {
			dst[i] = low + T(r.masked64(span, all))
		}
	}
}

// fillParts takes 8 or 16 bits at a time, the lowest of a word first.
func fillParts[T Integer](r *RandomState, dst []T, low T, span, all uint32, size int) {
	var word uint32
	left := 0 // parts of word not looked at yet
	for i := range dst {
		for {
			if left == 0 {
				word = r.mt.next()
				left = 32 / size
			} else {
				word >>= size
			}
			left--
			if v := word & all; v <= span {
				dst[i] = low + T(v)
				break
			}
		}
	}
}

// masked32 is in [0, span]: the bits under the mask all ≥ span of the first word
// for which they are in the range.
func (r *RandomState) masked32(span, all uint32) uint32 {
	for {
		if v := r.mt.next() & all; v <= span {
			return v
		}
	}
}

func (r *RandomState) masked64(span, all uint64) uint64 {
	for {
		if v := r.mt.next64() & all; v <= span {
			return v
		}
	}
}

// below is in [0, n), for n from 1 on. n = 1 draws nothing.
func (r *RandomState) below(n int) int {
	if n <= 1 {
		return 0
	}
	span := uint64(n - 1)
	all := uint64(1)<<bits.Len64(span) - 1
	if span <= 1<<32-1 {
		return int(r.masked32(uint32(span), uint32(all)))
	}
	return int(r.masked64(span, all))
}

// FillBool is randint(0, 2, len(dst), bool): 32 of them out of a word.
func (r *RandomState) FillBool(dst []bool) {
	var word uint32
	for i := range dst {
		if i%32 == 0 {
			word = r.mt.next()
		}
		dst[i] = word>>(i%32)&1 != 0
	}
}

// Tomaxint is in [0, 2^63): the upper 63 bits of two words.
func (r *RandomState) Tomaxint() int64 { return int64(r.mt.next64() >> 1) }

// Bytes is bytes(n): words, low byte first, the last one cut. It is empty for
// n ≤ 0; n = 0 draws a word nevertheless, as in NumPy.
func (r *RandomState) Bytes(n int) []byte {
	b := make([]byte, max(n, 0))
	if n >= 0 {
		r.FillBytes(b)
	}
	return b
}

// FillBytes is bytes(len(dst)).
func (r *RandomState) FillBytes(dst []byte) {
	for {
		var w [4]byte
		binary.LittleEndian.PutUint32(w[:], r.mt.next())
		if dst = dst[copy(dst, w[:]):]; len(dst) == 0 {
			return
		}
	}
}
