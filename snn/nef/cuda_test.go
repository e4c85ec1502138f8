//go:build cgo && linux

package nef

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/spikebook/spikebook/cuda"
	"github.com/spikebook/spikebook/cuda/cudatest"
	"github.com/spikebook/spikebook/snn"
)

// onCUDA lets what is tested on cc be tested on a device.
func onCUDA(t *testing.T) {
	cudatest.Use(t)
	was := backends
	t.Cleanup(func() { backends = was })
	backends = backends[:1:1]
	backends = append(backends, struct {
		name string
		b    snn.Backend
	}{"cuda", cuda.Device(0)})
}

// Both tutorials on a device, against Nengo's numbers.
func TestTutorialsOnCUDA(t *testing.T) {
	cudatest.Use(t)
	t.Run("tutorial_a_net0", func(t *testing.T) { tutorialA(t, 0, cuda.Device(0)) })
	t.Run("tutorial_b_net0", func(t *testing.T) { tutorialB(t, 0, cuda.Device(0)) })
}

// Functions of a node's input are computed here between the programs of a step on
// the device.
func TestFunctionsBetweenProgramsOnCUDA(t *testing.T) {
	onCUDA(t)
	equalRuns(t, func() (*Network, []*Probe) {
		n := New("between", Seed(3))
		u := n.Node("u", OfTime(func(t float64) []float64 { return []float64{math.Sin(20 * t)} }))
		a, b := n.Ensemble("a", 30, 1), n.Ensemble("b", 20, 1)
		square := n.Node("square", OfInput(1, func(t float64, x []float64) []float64 { return []float64{x[0]*x[0] + t} }))
		shifted := n.Node("shifted", OfInput(1, func(_ float64, x []float64) []float64 { return []float64{1 - x[0]} }))
		n.Connect(u, a)
		n.Connect(a, square).Synapse(Lowpass(0.01))
		n.Connect(square, shifted).Synapse(NoSynapse)
		n.Connect(shifted, b)
		n.Connect(b, a).Synapse(Lowpass(0.1))
		return n, []*Probe{n.Probe(a.Neurons()), n.Probe(b).Synapse(Lowpass(0.01)), n.Probe(square), n.Probe(shifted)}
	}, 100)
}

// Some of the recorded random networks: all kinds of neurons, synapses, transforms and
// rules. All backends give the same bits.
func TestRandomNetworksOnCUDA(t *testing.T) {
	onCUDA(t)
	b, err := os.ReadFile(filepath.Join(folder(), "random_networks.json"))
	if err != nil {
		t.Fatal(err)
	}
	var specs []randomNetwork
	if err := json.Unmarshal(b, &specs); err != nil {
		t.Fatal(err)
	}
	for k := 0; k < len(specs); k += 20 {
		t.Run(fmt.Sprint(k), func(t *testing.T) { equalRuns(t, specs[k].build, 30) })
	}
}
