package draw

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/spikebook/spikebook/display/figure"
)

// tick is one place on an axis.
type tick struct {
	at    float64
	label string
	minor bool
}

// tiny is a span too small to be divided into steps: powers of ten near it are
// not exact any more.
const tiny = 1e-290

// ticks returns places at round numbers within r, at most most of them but at
// least two where round numbers allow, and the common factor of the labels,
// "" or "×10^3". whole asks for whole numbers only.
func ticks(r figure.Range, most int, whole bool) (list []tick, factor string) {
	most = max(most, 2)
	span := r.Hi - r.Lo
	if !(span > tiny) || math.IsInf(span, 0) {
		return []tick{{at: r.Lo, label: number(r.Lo, 3, true)}}, ""
	}
	step := roundStep(span/float64(most+1), whole)
	for tries := 0; count(r, step) > most && tries < 12; tries++ {
		step = roundStep(step*1.01, whole)
	}
	exp := 0
	if big := math.Max(math.Abs(r.Lo), math.Abs(r.Hi)); big >= 1e5 || step < 1e-3 && big < 1e-2 {
		exp = int(math.Floor(math.Log10(big)))
		if big >= 1e5 {
			exp = exp / 3 * 3
		}
		factor = "×10^" + strings.Replace(strconv.Itoa(exp), "-", "−", 1)
	}
	scale := math.Pow(10, float64(exp))
	// More than seven digits are not read, even if neighbours look alike then.
	digits := min(decimals(step/scale), 7)
	commas := math.Max(math.Abs(r.Lo), math.Abs(r.Hi))/scale >= 1e4
	first := math.Ceil(r.Lo/step - 1e-9)
	last := math.Floor(r.Hi/step + 1e-9)
	for k := first; k <= last && len(list) <= 2*most; k++ {
		v := k * step
		list = append(list, tick{at: v, label: number(v/scale, digits, commas)})
	}
	return list, factor
}

// count returns how many multiples of step lie in r.
func count(r figure.Range, step float64) int {
	return int(math.Min(math.Floor(r.Hi/step+1e-9)-math.Ceil(r.Lo/step-1e-9)+1, 1e6))
}

// roundStep returns the least 1, 2, 2.5 or 5 times a power of ten that is not
// below x.
func roundStep(x float64, whole bool) float64 {
	p := math.Pow(10, math.Floor(math.Log10(x)))
	for _, m := range []float64{1, 2, 2.5, 5, 10} {
		if s := m * p; s >= x*(1-1e-9) && (!whole || s >= 1 && s == math.Trunc(s)) {
			return s
		}
	}
	if whole {
		return 1
	}
	return 10 * p
}

// decimals returns the number of digits after the point that step needs.
func decimals(step float64) int {
	for d := range 12 {
		s := step * math.Pow(10, float64(d))
		if math.Abs(s-math.Round(s)) < 1e-6*s {
			return d
		}
	}
	return 12
}

// number writes v with a true minus sign and, if asked, with commas.
func number(v float64, digits int, commas bool) string {
	if v == 0 {
		v = 0 // not −0
	}
	s := strconv.FormatFloat(math.Abs(v), 'f', digits, 64)
	if whole, rest, _ := strings.Cut(s, "."); commas && len(whole) > 3 && len(whole) < 16 {
		var b strings.Builder
		for i, c := range whole {
			if i > 0 && (len(whole)-i)%3 == 0 {
				b.WriteByte(',')
			}
			b.WriteRune(c)
		}
		s = b.String()
		if rest != "" {
			s += "." + rest
		}
	}
	if v < 0 && strings.Trim(s, "0.,") != "" {
		s = "−" + s
	}
	return s
}

// logTicks returns the powers of ten within r (of values, not of exponents),
// with minor places between them where there are few.
func logTicks(r figure.Range, most int) []tick {
	lo, hi := math.Log10(r.Lo), math.Log10(r.Hi)
	if !(lo > -300 && hi < 310) {
		return nil
	}
	first, last := math.Ceil(lo-1e-9), math.Floor(hi+1e-9)
	every := math.Max(1, math.Ceil((last-first+1)/float64(max(most, 2))))
	var list []tick
	for k := first; k <= last; k += every {
		list = append(list, tick{at: math.Pow(10, k), label: power(int(k))})
	}
	if last-first < 10 {
		for k := first - 1; k <= last; k++ {
			for m := 2.0; m < 10; m++ {
				if v := m * math.Pow(10, k); v >= r.Lo && v <= r.Hi {
					t := tick{at: v, minor: true}
					if len(list) < 2 && (m == 2 || m == 5) {
						t.label = strconv.FormatFloat(v, 'g', 3, 64)
					}
					list = append(list, t)
				}
			}
		}
	}
	return list
}

// power writes 10 to the k; small powers as plain numbers.
func power(k int) string {
	switch {
	case k >= 0 && k <= 4:
		return number(math.Pow(10, float64(k)), 0, k >= 4)
	case k < 0 && k >= -3:
		return number(math.Pow(10, float64(k)), -k, false)
	}
	return fmt.Sprintf("10^%s", strings.Replace(strconv.Itoa(k), "-", "−", 1))
}
