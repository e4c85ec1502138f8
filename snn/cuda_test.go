//go:build cgo && linux

package snn_test

import (
	"fmt"
	"testing"

	"github.com/spikebook/spikebook/cuda"
	"github.com/spikebook/spikebook/cuda/cudatest"
	"github.com/spikebook/spikebook/datasets/mnist"
	"github.com/spikebook/spikebook/snn"
)

// The check values of bar learning and of the mushroom body on a device.
func TestTutorialsOnCUDA(t *testing.T) {
	cudatest.Use(t)
	was := tested
	defer func() { tested = was }()
	tested = []snn.Backend{cuda.Device(0)}
	t.Run("bars", TestBarLearningCheckValues)
	t.Run("mushroom body", TestMushroomBodyOnMNIST)
}

// Two images of the mushroom body in float64, for which there are no recorded numbers:
// every backend has the same weights.
func TestMushroomBodyInFloat64OnCUDA(t *testing.T) {
	cudatest.Use(t)
	images, err := mnist.Test(2)
	if err != nil {
		t.Fatal(err)
	}
	var told [2]string
	for k, on := range []snn.Backend{snn.CC, cuda.Device(0)} {
		m := newMushroom(2e-5)
		sim := build(t, m.net, snn.On(on))
		for i := range 2 {
			if err := m.train(sim, images.Normalized(i, 80), int(images.Labels[i]), func() { told[k] += fmt.Sprint(sim.Spikes(m.kcS)) }); err != nil {
				t.Fatal(err)
			}
		}
		told[k] += fmt.Sprint(sim.Var(m.plastic, "w").Values())
	}
	if told[0] != told[1] {
		t.Error("spikes or weights differ from those on cc")
	}
}
