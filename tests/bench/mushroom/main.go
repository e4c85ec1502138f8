// Mushroom times training and testing of the mushroom body (notebook
// mushroom_body) in images per second: on one thread, on two, in a batch of two
// copies, and in pure Go. It prints one JSON object.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/spikebook/spikebook/datasets/mnist"
	"github.com/spikebook/spikebook/snn"
)

type network struct {
	net          *snn.Network
	image, label *snn.Source
	learns       *snn.Projection
	answers      *snn.SpikeRecording
}

func describe(training bool) network {
	net := snn.New("mushroom body", snn.Dt(0.1), snn.Seed(1), snn.Float32)
	lif := snn.LIF{C: 0.2, TauM: 20, Vrest: -60, Vreset: -60, Vthresh: -50, TauRefrac: 2}
	once := lif
	once.TauRefrac = 100
	pn, kc := net.Population("PN", once, 28, 28), net.Population("KC", lif, 20_000)
	ggn := net.Population("GGN", snn.Spiking("V : init=0\nV += I", snn.P{"Vthresh": 200}).Spike("V >= Vthresh").Reset("V = 0"), 1)
	mbon := net.Population("MBON", lif, 10)
	n := network{net: net, image: pn.Inject("image", snn.Magnitude{})}
	net.Connect(pn, kc, snn.FixedIn(20)).Weight(0.2).Receptor(snn.ExpCurr{Tau: 3})
	net.Connect(kc, ggn, snn.AllToAll()).Weight(1)
	net.Connect(ggn, kc, snn.AllToAll()).Weight(-5).Receptor(snn.ExpCurr{Tau: 5})
	n.learns = net.Connect(kc, mbon, snn.AllToAll()).Receptor(snn.ExpCurr{Tau: 3})
	if training {
		n.label = mbon.Inject("label", snn.Magnitude{})
		n.learns.Learn(snn.Symmetric{Tau: 15, Rho: 0.01, Eta: 2e-5, Wmax: 0.0233, Silent: true}).Weight(0)
	} else {
		n.learns.Weight(snn.Uniform(0, 0.0046))
	}
	n.answers = net.RecordSpikes(mbon)
	return n
}

func (n network) present(sim *snn.Sim, images mnist.Set, i int) {
	i %= images.Len()
	sim.Var(n.image, "magnitude").Set(images.Normalized(i, 80))
	if n.label != nil {
		current := make([]float64, 10)
		current[images.Labels[i]] = 5
		sim.Var(n.label, "magnitude").Set(current)
	}
	if err := sim.Run(20); err != nil {
		fail(err)
	}
	sim.Spikes(n.answers)
	sim.Reset(snn.Keep(n.learns, "w"), snn.Clock, snn.Queues)
}

// rate is images per second over at least a second.
func (n network) rate(on snn.Backend, images mnist.Set) float64 {
	sim, err := n.net.Build(snn.On(on))
	if err != nil {
		fail(err)
	}
	defer sim.Close()
	n.present(sim, images, 0)
	begin, done := time.Now(), 0
	for time.Since(begin) < *seconds {
		done++
		n.present(sim, images, done)
	}
	return float64(done) / time.Since(begin).Seconds()
}

func (n network) batchRate(copies int, images mnist.Set) float64 {
	sim, err := n.net.Build(snn.On(snn.CC))
	if err != nil {
		fail(err)
	}
	batch, err := sim.Batch(copies)
	if err != nil {
		fail(err)
	}
	done := make(chan int)
	begin := time.Now()
	for c := range copies {
		go func() {
			k := 0
			for ; time.Since(begin) < *seconds; k++ {
				n.present(batch.Sim(c), images, c+k*copies)
			}
			done <- k
		}()
	}
	total := 0
	for range copies {
		total += <-done
	}
	return float64(total) / time.Since(begin).Seconds()
}

var seconds = flag.Duration("for", 3*time.Second, "how long to run each")

func main() {
	flag.Parse()
	images, err := mnist.Test(10_000)
	if err != nil {
		fail(err)
	}
	train, test := describe(true), describe(false)
	json.NewEncoder(os.Stdout).Encode(map[string]float64{
		"train, one thread": train.rate(snn.CCOn(1), images), "train, two threads": train.rate(snn.CCOn(2), images),
		"test, one thread": test.rate(snn.CCOn(1), images), "test, two copies": test.batchRate(2, images),
		"train, pure Go": train.rate(snn.Ref, images),
	})
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "mushroom:", err)
	os.Exit(1)
}
