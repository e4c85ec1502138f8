//go:build cgo && linux

package cuda_test

import (
	"flag"
	"testing"

	"github.com/spikebook/spikebook/cuda"
	"github.com/spikebook/spikebook/snn/plan/plantest"
	"github.com/spikebook/spikebook/snn/ref"
)

// TestConformance runs the suite of all backends: every kernel's source, compiled
// for the processor, with launches, graphs and copies by way of package driver.
func TestConformance(t *testing.T) {
	defer few("12")()
	plantest.Conformance(t, cuda.Device(0), ref.New())
}

// TestGraphs runs the suite with every step a graph, also of small programs.
func TestGraphs(t *testing.T) {
	defer few("4")()
	plantest.Conformance(t, cuda.Device(0, cuda.Graphs), ref.New())
}

// TestBlocks runs the suite in kernels of three blocks that make many steps, and wait
// for each other. Several make the lists of spikes.
func TestBlocks(t *testing.T) {
	defer few("12")()
	defer cuda.Grid(3)()
	defer cuda.MarksPerBlock(3)()
	plantest.Conformance(t, cuda.Device(0), ref.New())
}

func TestBarsCheckValues(t *testing.T) { plantest.CheckBars(t, cuda.Device(0)) }

// few makes random programs few, unless the command line says how many.
func few(checks string) (restore func()) {
	f := flag.Lookup("rapid.checks")
	if f.Value.String() != f.DefValue {
		return func() {}
	}
	f.Value.Set(checks)
	return func() { f.Value.Set(f.DefValue) }
}
