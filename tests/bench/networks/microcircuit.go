package networks

import (
	"math"

	"github.com/spikebook/spikebook/snn"
)

// Layers 2/3, 4, 5 and 6 with excitatory (E) and inhibitory (I) neurons. All
// tables are in this order; Published are rates in Hz.
var (
	Names = []string{"23E", "23I", "4E", "4I", "5E", "5I", "6E", "6I"}
	sizes = []int{20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948}

	// The probability that a pair is connected at least once; rows are targets.
	probability = [][]float64{
		{0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0.0000, 0.0076, 0.0000},
		{0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0.0000, 0.0042, 0.0000},
		{0.0077, 0.0059, 0.0497, 0.1350, 0.0067, 0.0003, 0.0453, 0.0000},
		{0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0.0000, 0.1057, 0.0000},
		{0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0.0000},
		{0.0548, 0.0269, 0.0257, 0.0022, 0.0600, 0.3158, 0.0086, 0.0000},
		{0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252},
		{0.0364, 0.0010, 0.0034, 0.0005, 0.0277, 0.0080, 0.0658, 0.1443},
	}
	external = []float64{1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100} // synapses from outside

	// The list of mean rates that implementations for NEST carry today (full_mean_rates), and the older one that many still have. The
	// current of smaller networks is computed from the older: with the newer one layer 2/3 is too quiet at a tenth of the size.
	Published = []float64{0.903, 2.965, 4.414, 5.876, 7.569, 8.633, 1.105, 7.829}
	assumed   = []float64{0.971, 2.868, 4.746, 5.396, 8.142, 9.078, 0.991, 7.523}
)

const (
	weight     = 0.0878 // nA, of an excitatory synapse
	inhibition = -4     // times weight
	spread     = 0.1    // standard deviation of weights over their mean
	background = 8.0    // Hz, of every synapse from outside
	tauSyn     = 0.5    // ms
)

// Microcircuit describes the network with scale times its neurons and, per
// neuron, scale times its synapses.
func Microcircuit(scale float64) (*snn.Network, []*snn.SpikeRecording) {
	net := snn.New("microcircuit", snn.Dt(0.1), snn.Seed(1), snn.Float32)
	neuron := snn.LIF{C: 0.25, TauM: 10, Vrest: -65, Vreset: -65, Vthresh: -50, TauRefrac: 2}
	// Fewer synapses are made stronger, so that the variance of the input stays
	// what it was; a constant current makes up for the mean that is then missing.
	stronger := 1 / math.Sqrt(scale)

	pops := make([]*snn.Population, len(Names))
	rasters := make([]*snn.SpikeRecording, len(Names))
	for i, name := range Names {
		input := external[i] * background * weight
		for j := range Names {
			input += Synapses(i, j) / float64(sizes[i]) * assumed[j] * strength(i, j)
		}
		neuron.Ioffset = 0.001 * tauSyn * (1 - math.Sqrt(scale)) * input
		pops[i] = net.Population(name, neuron, Size(i, scale)).Init("V", snn.Normal(-58, 5))
		pops[i].Receptor("synapses", snn.ExpCurr{Tau: tauSyn})
		pops[i].Inject("background", snn.PoissonExp{Weight: weight * stronger, Tau: tauSyn, Rate: background * external[i] * scale})
		rasters[i] = net.RecordSpikes(pops[i])
	}
	for i, post := range pops {
		for j, pre := range pops {
			n := int(math.Round(Synapses(i, j) * scale * scale))
			if n == 0 {
				continue
			}
			mean := strength(i, j) * stronger
			w := snn.NormalClipped(mean, spread*mean, 0, math.Inf(1))
			delay := snn.NormalClipped(1.5, 0.75, 0.1, 3.75)
			if mean < 0 {
				w = snn.NormalClipped(mean, -spread*mean, math.Inf(-1), 0)
				delay = snn.NormalClipped(0.8, 0.4, 0.1, 2)
			}
			net.Connect(pre, post, snn.FixedTotal(n)).Target("synapses").Weight(w).Delay(delay)
		}
	}
	return net, rasters
}

// Size is the number of neurons of a population.
func Size(i int, scale float64) int { return int(math.RoundToEven(scale * float64(sizes[i]))) }

// Synapses is how many there are from j to i at full scale: as many random
// pairs as connect each pair at least once with the probability of the table.
func Synapses(i, j int) float64 {
	pairs := float64(sizes[i]) * float64(sizes[j])
	return math.Log(1-probability[i][j]) / math.Log(1-1/pairs)
}

// strength is the mean weight from j to i in nA.
func strength(i, j int) float64 {
	switch {
	case j%2 == 1:
		return inhibition * weight
	case Names[i] == "23E" && Names[j] == "4E":
		return 2 * weight
	}
	return weight
}
