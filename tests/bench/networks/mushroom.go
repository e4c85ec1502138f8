package networks

import (
	"github.com/spikebook/spikebook/datasets/mnist"
	"github.com/spikebook/spikebook/snn"
)

// Mushroom is the mushroom body (notebook mushroom_body).
type Mushroom struct {
	Net          *snn.Network
	image, label *snn.Source
	learns       *snn.Projection
	answers      *snn.SpikeRecording
}

// NewMushroom describes it, with labels given by current or without learning.
func NewMushroom(training bool) Mushroom {
	net := snn.New("mushroom body", snn.Dt(0.1), snn.Seed(1), snn.Float32)
	lif := snn.LIF{C: 0.2, TauM: 20, Vrest: -60, Vreset: -60, Vthresh: -50, TauRefrac: 2}
	once := lif
	once.TauRefrac = 100
	pn, kc := net.Population("PN", once, 28, 28), net.Population("KC", lif, 20_000)
	ggn := net.Population("GGN", snn.Spiking("V : init=0\nV += I", snn.P{"Vthresh": 200}).Spike("V >= Vthresh").Reset("V = 0"), 1)
	mbon := net.Population("MBON", lif, 10)
	n := Mushroom{Net: net, image: pn.Inject("image", snn.Magnitude{})}
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

// Present shows image i for 20 ms.
func (n Mushroom) Present(sim *snn.Sim, images mnist.Set, i int) error {
	i %= images.Len()
	sim.Var(n.image, "magnitude").Set(images.Normalized(i, 80))
	if n.label != nil {
		current := make([]float64, 10)
		current[images.Labels[i]] = 5
		sim.Var(n.label, "magnitude").Set(current)
	}
	if err := sim.Run(20); err != nil {
		return err
	}
	sim.Spikes(n.answers)
	return sim.Reset(snn.Keep(n.learns, "w"), snn.Clock, snn.Queues)
}
