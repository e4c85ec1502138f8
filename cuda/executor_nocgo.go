//go:build !cgo || !linux

package cuda

import (
	"github.com/spikebook/spikebook/cuda/driver"
	"github.com/spikebook/spikebook/snn/plan"
)

func newExecutor(*plan.Program, *unit, *backend) (plan.Executor, error) {
	_, err := driver.Open()
	return nil, err
}
