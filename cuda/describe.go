package cuda

import (
	"fmt"
	"strings"

	"github.com/spikebook/spikebook/cuda/driver"
)

// Describe tells what there is to run networks on: the driver, every GPU, and
// NVRTC, a line each, or of what is missing where it was looked for and what to
// install. ok is whether [Device] works for at least one GPU.
func Describe() (lines string, ok bool) {
	var all []string
	linef := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	c, missing := driver.OpenCompiler()
	d, err := driver.Open()
	if err != nil {
		return err.Error(), false
	}
	major, minor := d.Version()
	linef("driver for CUDA %d.%d (%s)", major, minor, d.Path())
	n, err := d.Devices()
	if err != nil {
		linef("%v", err)
	}
	for i := range n {
		dev, err := d.Device(i)
		if err != nil {
			linef("GPU %d: %v", i, err)
			continue
		}
		linef("GPU %d: %s, compute capability %d.%d, %d multiprocessors, %.1f GiB", i, dev.Name, dev.Major, dev.Minor, dev.Multiprocessors, float64(dev.Memory)/(1<<30))
		if missing != nil {
			continue
		}
		if arch, err := target(dev, c); err != nil {
			linef("GPU %d: %v", i, err)
		} else {
			ok = true
			linef("GPU %d: kernels are compiled for %s", i, arch)
		}
	}
	if missing != nil {
		linef("%v", missing)
	} else {
		linef("NVRTC %d.%d (%s)", c.Major, c.Minor, c.Path())
	}
	return strings.Join(all, "\n"), ok
}
