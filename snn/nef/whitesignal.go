package nef

import (
	"fmt"
	"math"

	"github.com/spikebook/spikebook/snn/rng"
	"github.com/spikebook/spikebook/snn/vmath"
)

// WhiteSignal is smooth noise: a sum of waves of all the frequencies up to high
// (hertz), of equal power and random phases, which begins again after a period in
// seconds. Its root mean square is 0.5, or what [Process.RMS] says.
func WhiteSignal(period, high float64) Process {
	p := Process{name: "WhiteSignal", own: processOptions{rms: 0.5, y0: math.NaN()}}
	switch {
	case !(period > 0) || !(high > 0) || !finite(period, high):
		p.fail("WhiteSignal has a period of %g s and frequencies to %g Hz, want more than 0 of each", period, high)
	case high < 1/period:
		p.fail("WhiteSignal has frequencies to %g Hz and a period of %g s, in which not one wave fits; want at least %g Hz", high, period, 1/period)
	}
	half := func(dt float64) float64 { return math.Ceil(period / dt / 2) }
	p.limits = func(_ Process, size int, dt float64) error {
		if high > 0.5/dt {
			return fmt.Errorf("frequencies to %g Hz do not fit into steps of %g s; want at most %g Hz", high, dt, 0.5/dt)
		}
		if half(dt)*float64(size) > 1<<28 {
			return fmt.Errorf("a period of %g s has %g steps of %d numbers, want less than 2²⁹ in all; shorten the period", period, 2*half(dt), size)
		}
		return nil
	}
	p.start = func(p Process, size int, dt float64, r *rng.RandomState) (*stepper, error) {
		steps := 2 * int(half(dt))
		signal, err := waves(steps/2, size, dt, high, p.own.rms, p.own.y0, r)
		if err != nil {
			return nil, err
		}
		return &stepper{memory: signal, next: func(step int64, out []float64) error {
			i := int(step % int64(steps))
			copy(out, signal[i*size:i*size+size])
			return nil
		}}, nil
	}
	return p
}

// RMS is the root mean square of a [WhiteSignal].
func (p Process) RMS(x float64) Process {
	if p.name != "WhiteSignal" {
		p.fail("%s has no RMS to choose; leave it out", p.name)
	} else if !(x > 0) || !finite(x) {
		p.fail("WhiteSignal has an RMS of %g, want more than 0", x)
	}
	p.own.rms = x
	return p
}

// Y0 lets each number of a [WhiteSignal] begin where it is closest to y0.
func (p Process) Y0(y0 float64) Process {
	if p.name != "WhiteSignal" {
		p.fail("%s has no beginning to choose; leave Y0 out", p.name)
	} else if !finite(y0) {
		p.fail("WhiteSignal begins at %g, want a finite number", y0)
	}
	p.own.y0 = y0
	return p
}

// waves is one period of a white signal, 2·half steps of size numbers, row by row.
func waves(half, size int, dt, high, rms, y0 float64, r *rng.RandomState) ([]float64, error) {
	n := 2 * half
	im, re := make([]float64, (half+1)*size), make([]float64, (half+1)*size)
	sigma := float64(rms * math.Sqrt(0.5))
	for _, part := range [][]float64{im, re} {
		if err := r.FillNormal(part, 0, sigma); err != nil {
			return nil, err
		}
	}
	// The constant is 0, the highest frequency is real, those above high are left
	// out, and the others get their power.
	kept := half + 1
	for kept > 0 && float64(kept-1)/(float64(n)*dt) > high {
		kept--
	}
	power := math.Sqrt(1 - float64(half+1-kept)/float64(half))
	signal := make([]float64, n*size)
	for j := range size {
		a := make([]complex128, n)
		for k := 1; k < kept; k++ {
			x, y := re[k*size+j], im[k*size+j]
			if k == half {
				y = 0
			}
			if power > 0 {
				x, y = x/power, y/power
			}
			root := math.Sqrt(float64(n))
			x, y = float64(x*root), float64(y*root)
			a[k], a[n-k] = complex(x, y), complex(x, -y)
		}
		wave := make([]float64, n)
		for i, v := range fourier(a) {
			wave[i] = real(v) / float64(n)
		}
		first := 0
		if !math.IsNaN(y0) {
			// A wave of odd harmonics comes equally close twice. Then the first moment
			// counts, and not rounding.
			for i, v := range wave {
				if math.Abs(y0-v) < math.Abs(y0-wave[first])-1e-12*rms {
					first = i
				}
			}
			first += n - 1 // the first step shows element 1
		}
		for i := range n {
			signal[i*size+j] = wave[(i+first)%n]
		}
	}
	return signal, nil
}

// fourier is Σ_k a_k exp(2πi jk/n) for each j, by splitting n into its prime
// factors. Every product is rounded before it is added, so that the result is the
// same on all machines.
func fourier(a []complex128) []complex128 {
	n := len(a)
	roots := make([]complex128, n)
	for k := range roots {
		x := 2 * math.Pi * float64(k) / float64(n)
		roots[k] = complex(vmath.Cos(x), vmath.Sin(x))
	}
	out := make([]complex128, n)
	transform(out, a, 1, roots)
	return out
}

// transform is that of a[0], a[stride], … into out, whose length divides that of
// roots.
func transform(out, a []complex128, stride int, roots []complex128) {
	n := len(out)
	if n == 1 {
		out[0] = a[0]
		return
	}
	p := 2
	for n%p != 0 {
		p++
		if p*p > n {
			p = n
		}
	}
	m := n / p
	parts := make([]complex128, n)
	for q := range p {
		transform(parts[q*m:q*m+m], a[q*stride:], stride*p, roots)
	}
	all := len(roots)
	for j := range n {
		sum := parts[j%m]
		for q := 1; q < p; q++ {
			w, x := roots[all/n*(q*j%n)], parts[q*m+j%m]
			sum += complex(float64(real(w)*real(x))-float64(imag(w)*imag(x)), float64(real(w)*imag(x))+float64(imag(w)*real(x)))
		}
		out[j] = sum
	}
}
