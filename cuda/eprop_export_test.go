//go:build cgo && linux

package cuda

var EpropSource = epropSource

// EpropLanes limits how many sequences run side by side; 0 is as before.
func EpropLanes(n int64) {
	if epropLanes = n; n == 0 {
		epropLanes = 1 << 20
	}
}
