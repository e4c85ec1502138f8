//go:build cgo && linux

package eprop_test

import (
	"testing"

	"github.com/spikebook/spikebook/cuda"
	"github.com/spikebook/spikebook/cuda/cudatest"
	"github.com/spikebook/spikebook/snn/eprop"
)

// The tests against NEST's numbers and against one trace for each synapse, with all
// sequences on a device.
func TestOnCUDA(t *testing.T) {
	cudatest.Use(t)
	eprop.CheckOn(t, cuda.Device(0))
}
