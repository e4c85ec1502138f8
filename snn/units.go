package snn

import (
	"fmt"
	"math"
)

// Time is a duration or a point in time, in milliseconds.
type Time float64

const (
	Millisecond Time = 1
	Second      Time = 1000
)

func (t Time) String() string { return fmt.Sprintf("%.12g ms", float64(t)) }

// most is the number of steps up to which their count is exact as a float64.
const most = 1 << 53

// steps is the number of steps of length dt in d: the nearest integer when d
// is a multiple of dt up to a relative error of 1e-9 (so 3·0.05 is three
// steps of 0.05, though the product is not exactly 0.15), else an error.
func steps(d, dt Time) (int64, error) {
	if !(d >= 0) || math.IsInf(float64(d), 0) {
		return 0, fmt.Errorf("the duration is %v, want 0 or more", d)
	}
	n := math.Round(float64(d / dt))
	if !(n <= most) {
		return 0, fmt.Errorf("the duration is %v, want at most %v (2⁵³ steps)", d, most*dt)
	}
	if math.Abs(n*float64(dt)-float64(d)) > 1e-9*max(float64(d), float64(dt)) {
		return 0, fmt.Errorf("the duration is %v, want a multiple of the step of %v; nearest is %v", d, dt, Time(n)*dt)
	}
	return int64(n), nil
}
