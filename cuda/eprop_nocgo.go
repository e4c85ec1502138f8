//go:build !cgo || !linux

package cuda

import (
	"github.com/spikebook/spikebook/cuda/driver"
	"github.com/spikebook/spikebook/snn/eprop"
)

func newEpropExecutor(*eprop.Program, string, int) (eprop.Executor, error) {
	_, err := driver.Open()
	return nil, err
}

func newOnlineExecutor(*eprop.OnlineProgram, string, int) (eprop.OnlineExecutor, error) {
	_, err := driver.Open()
	return nil, err
}
