package nef

// BasalGanglia chooses an action: its output is about 0 for the action with the
// largest input and negative for all others. Five areas with an ensemble for each
// action compute it by the weights of Gurney, Prescott and Redgrave (Biological
// Cybernetics 84, 2001), in spiking neurons (Stewart, Choo and Eliasmith, ICCM
// 2010).
type BasalGanglia struct {
	*Network
	Input, Output                                           *Node
	StriatumD1, StriatumD2, Subthalamic, Internus, Externus *EnsembleArray

	out        *Connection
	ampa, gaba []*Connection
	bias       *Connection
}

// Where the neurons of the areas begin to fire. What an area passes on rises from
// there with the slope 1; the weights between areas stand in Network.BasalGanglia.
const (
	striatumFrom    = 0.2
	subthalamicFrom = -0.25
	pallidumFrom    = -0.2
)

// BasalGanglia adds a network that chooses among actions; every area has so many
// neurons for each of them. Inputs are utilities between 0 and 1.
func (n *Network) BasalGanglia(name string, neurons, actions int, options ...Option) *BasalGanglia {
	b := &BasalGanglia{Network: n.Network(name, options...)}
	if actions < 1 {
		n.mistake("basal ganglia "+name, "they choose among %d actions, want at least 1", actions)
		actions = 1
	}
	b.Input, b.Output = b.Node("input", PassThrough(actions)), b.Node("output", PassThrough(actions))
	// Decoders are not negative: no area both excites and inhibits.
	area := func(name string, from float64) (*EnsembleArray, *Node) {
		a := b.EnsembleArray(name, neurons, actions).Each(func(e *Ensemble) {
			e.Radius(1.5).Encoders(Choice(1)).Intercepts(Uniform(from, 1))
		})
		out := a.AddOutput("function", func(x float64) float64 { return max(x-from, 0) })
		for _, node := range []*Node{a.Output, out} {
			for _, c := range a.Connections(node) {
				c.Solver(DefaultNnlsL2nz())
			}
		}
		return a, out
	}
	var d1, d2, stn, gpi, gpe *Node
	b.StriatumD1, d1 = area("striatum D1", striatumFrom)
	b.StriatumD2, d2 = area("striatum D2", striatumFrom)
	b.Subthalamic, stn = area("subthalamic nucleus", subthalamicFrom)
	b.Internus, gpi = area("globus pallidus internus", pallidumFrom)
	b.Externus, gpe = area("globus pallidus externus", pallidumFrom)

	connect := func(from, to *Node, t Transform) *Connection {
		return b.Connect(from, to).Transform(t).Synapse(NoSynapse)
	}
	connect(b.Input, b.StriatumD1.Input, Scalar(1.2)) // dopamine, 0.2, excites here
	connect(b.Input, b.StriatumD2.Input, Scalar(0.8)) // and inhibits here
	connect(b.Input, b.Subthalamic.Input, Scalar(1))
	toAll := Fill(actions, actions, 0.9)
	b.gaba = append(b.gaba, connect(d1, b.Internus.Input, Scalar(-1)), connect(d2, b.Externus.Input, Scalar(-1)))
	b.ampa = append(b.ampa, connect(stn, b.Internus.Input, toAll), connect(stn, b.Externus.Input, toAll))
	b.gaba = append(b.gaba, connect(gpe, b.Internus.Input, Scalar(-0.3)), connect(gpe, b.Subthalamic.Input, Scalar(-1)))
	b.out = connect(gpi, b.Output, Scalar(-3))
	return b.Synapses(Lowpass(0.002), Lowpass(0.008))
}

// OutputWeight scales the output; −3 without it.
func (b *BasalGanglia) OutputWeight(w float64) *BasalGanglia {
	b.out.Transform(Scalar(w))
	return b
}

// InputBias adds x to every utility, so that all of them are positive.
func (b *BasalGanglia) InputBias(x float64) *BasalGanglia {
	if b.bias == nil {
		b.bias = b.Connect(b.Node("bias", Constant(repeat(1, b.Input.size())...)), b.Input)
		b.move(b.bias, 0)
	}
	b.bias.Transform(Scalar(x))
	return b
}

// Synapses are those of the excitatory (AMPA) and the inhibitory (GABA) connections
// between areas; low-pass of 2 and 8 ms without it.
func (b *BasalGanglia) Synapses(ampa, gaba Synapse) *BasalGanglia {
	for _, c := range b.ampa {
		c.Synapse(ampa)
	}
	for _, c := range b.gaba {
		c.Synapse(gaba)
	}
	return b
}

// move puts the network's last connection at another place: the order decides
// seeds and sums.
func (n *Network) move(c *Connection, to int) {
	last := len(n.connections) - 1
	copy(n.connections[to+1:], n.connections[to:last])
	n.connections[to] = c
}

// Thalamus turns the output of [BasalGanglia] into about 1 for the chosen action
// and 0 for the others, which are inhibited.
type Thalamus struct {
	*Network
	Input, Output *Node
	Actions       *EnsembleArray

	mutual *Connection
}

// Thalamus adds a network with an ensemble for each action.
func (n *Network) Thalamus(name string, neurons, actions int, options ...Option) *Thalamus {
	t := &Thalamus{Network: n.Network(name, options...)}
	if actions < 1 {
		n.mistake("thalamus "+name, "it has %d actions, want at least 1", actions)
		actions = 1
	}
	t.Actions = t.EnsembleArray("actions", neurons, actions).Each(func(e *Ensemble) { e.Encoders(Choice(1)) })
	t.Input, t.Output = t.Actions.Input, t.Actions.Output
	t.mutual = t.Connect(t.Output, t.Input)
	bias := t.Node("bias", Constant(1))
	t.Connect(bias, t.Input).Transform(Fill(actions, 1, 1))
	return t.MutualInhibition(1).Threshold(0)
}

// MutualInhibition is how strongly an action inhibits each other one; 1 without it.
func (t *Thalamus) MutualInhibition(weight float64) *Thalamus {
	t.mutual.Transform(competition(t.Input.size(), weight))
	return t
}

// Threshold is the value below which an action is not represented; 0 without it.
func (t *Thalamus) Threshold(from float64) *Thalamus {
	t.Actions.Each(func(e *Ensemble) { e.Intercepts(Uniform(from, 1)) })
	return t
}

// competition is −weight everywhere but on the diagonal.
func competition(n int, weight float64) Transform {
	t := Fill(n, n, -weight)
	for i := range n {
		t.matrix[i*n+i] = 0
	}
	return t
}
