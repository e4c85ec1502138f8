package nef

import (
	"fmt"

	"github.com/spikebook/spikebook/snn/vmath"
)

// InputGatedMemory keeps a vector. While its gate is 0 it takes over the input;
// while the gate is 1 it holds what it has.
type InputGatedMemory struct {
	*Network
	Input, Output      *Node
	Gate, Reset        *Node // of one dimension; a positive Reset wipes the memory
	Memory, Difference *EnsembleArray

	feedback, correction *Connection
	separate             bool // the correction has a synapse of its own
}

// InputGatedMemory adds a memory for d dimensions with so many neurons for each,
// once to keep it and once to compare it with the input.
func (n *Network) InputGatedMemory(name string, neurons, d int, options ...Option) *InputGatedMemory {
	m := &InputGatedMemory{Network: n.Network(name, options...)}
	m.Memory = m.EnsembleArray("mem", neurons, d)
	hold := m.Memory.NeuronInput()
	m.Difference = m.EnsembleArray("diff", neurons, d)
	gate := m.Difference.NeuronInput()
	m.Input, m.Output = m.Difference.Input, m.Memory.Output
	m.feedback = m.Connect(m.Memory.Output, m.Memory.Input)
	m.Connect(m.Memory.Output, m.Difference.Input).Transform(Scalar(-1))
	m.correction = m.Connect(m.Difference.Output, m.Memory.Input)
	m.Gate, m.Reset = m.Node("gate", PassThrough(1)), m.Node("reset", PassThrough(1))
	m.Connect(m.Gate, gate).Transform(Fill(gate.size(), 1, -10)).Synapse(NoSynapse)
	m.Connect(m.Reset, hold).Transform(Fill(hold.size(), 1, -3)).Synapse(NoSynapse)
	return m.Feedback(1).DifferenceGain(1).RecurrentSynapse(Lowpass(0.1))
}

// Feedback is the weight of the memory's connection to itself; 1 without it.
func (m *InputGatedMemory) Feedback(weight float64) *InputGatedMemory {
	m.feedback.Transform(Scalar(weight))
	return m
}

// DifferenceGain is the weight with which the difference between input and memory
// changes the memory; 1 without it.
func (m *InputGatedMemory) DifferenceGain(weight float64) *InputGatedMemory {
	m.correction.Transform(Scalar(weight))
	return m
}

// RecurrentSynapse is that of the memory's connection to itself, and of the
// difference to the memory unless [InputGatedMemory.DifferenceSynapse] gives
// another one; low-pass of 100 ms without it.
func (m *InputGatedMemory) RecurrentSynapse(s Synapse) *InputGatedMemory {
	m.feedback.Synapse(s)
	if !m.separate {
		m.correction.Synapse(s)
	}
	return m
}

// DifferenceSynapse is that of the difference to the memory.
func (m *InputGatedMemory) DifferenceSynapse(s Synapse) *InputGatedMemory {
	m.separate = true
	m.correction.Synapse(s)
	return m
}

// AssociativeMemory compares its input with vectors that it knows, and puts out
// those that belong to them: an ensemble for each vector fires when the scalar
// product is above a threshold.
type AssociativeMemory struct {
	*Network
	Input, Output *Node
	Inhibit       *Node // set by Inhibitable: a positive value silences the memory

	Ensembles      []*Ensemble
	bias           *Node
	similar, found *Node         // scalar products, and what the ensembles make of them
	outputs        []*Connection // from found, or from the outputs with a threshold
	defaults       []*Connection // that silence default outputs
	thresholds     []*Connection
	compare        *Connection
	inputs         [][]float64
	sharp          *EnsembleArray // of ThresholdOutputs
	competes       bool
}

const (
	inhibition    = 1.5  // weight of Inhibit
	stepSharpness = 15.0 // how fast the output of an ensemble rises to 1 above the threshold
)

// AssociativeMemory adds a memory that answers each of the vectors in with the
// vector of out in the same place; nil for out is in again, so that the memory
// cleans up. Each vector has so many neurons. The threshold is 0.3.
func (n *Network) AssociativeMemory(name string, neurons int, in, out [][]float64, options ...Option) *AssociativeMemory {
	m := &AssociativeMemory{Network: n.Network(name, options...)}
	if out == nil {
		out = in
	}
	if len(in) == 0 || len(out) != len(in) {
		n.mistake(m.label(), "it has %d vectors to know and %d to answer, want equal numbers and at least one", len(in), len(out))
		in, out = [][]float64{{1}}, [][]float64{{1}}
	}
	in, out = m.vectors("vectors to know", in), m.vectors("vectors to answer", out)
	m.inputs = in
	m.bias = m.Node("bias", Constant(1))
	m.similar, m.found = m.Node("element input", PassThrough(len(in))), m.Node("element output", PassThrough(len(in)))
	for i := range in {
		e := m.threshold(fmt.Sprintf("%s[%d]", name, i), neurons)
		m.Ensembles = append(m.Ensembles, e)
		m.thresholds = append(m.thresholds, m.Connect(m.bias, e).Synapse(NoSynapse))
		m.Connect(m.similar.At(i), e).Synapse(NoSynapse)
		m.Connect(e, m.found.At(i)).Synapse(NoSynapse).Function(func(x []float64) []float64 {
			return []float64{max(1-vmath.Exp(-stepSharpness*x[0]), 0)}
		})
	}
	m.Input = m.Node("input", PassThrough(len(in[0])))
	m.compare = m.Connect(m.Input, m.similar).Synapse(NoSynapse).Transform(Matrix(in...))
	m.Output = m.AddOutput("output", out)
	return m.Thresholds(0.3)
}

func (m *AssociativeMemory) label() string { return "associative memory " + m.name }

// threshold adds an ensemble that represents positive numbers up to 1, with
// intercepts crowded at 0.
func (m *AssociativeMemory) threshold(name string, neurons int) *Ensemble {
	return m.Ensemble(name, neurons, 1).Encoders(Choice(1)).Intercepts(Exponential(0.15, 0, 1)).
		EvalPoints(Uniform(0, 1)).NEvalPoints(5000)
}

// vectors are rows of one length, as many as the memory knows.
func (m *AssociativeMemory) vectors(what string, rows [][]float64) [][]float64 {
	want := len(rows)
	if len(m.inputs) > 0 {
		want = len(m.inputs)
	}
	ok := len(rows) == want
	for _, r := range rows {
		ok = ok && len(r) == len(rows[0]) && len(r) > 0 && finite(r...)
	}
	if ok {
		return rows
	}
	m.mistake(m.label(), "%s: %d given, want %d vectors of one length of at least 1, with finite numbers", what, len(rows), want)
	rows = make([][]float64, want)
	for i := range rows {
		rows[i] = []float64{0}
	}
	return rows
}

// Thresholds are what the scalar product with each vector must exceed; a single
// number is for all.
func (m *AssociativeMemory) Thresholds(at ...float64) *AssociativeMemory {
	if at = m.each("thresholds", at); at != nil {
		for i, c := range m.thresholds {
			c.Transform(Scalar(-at[i]))
		}
	}
	return m
}

// InputScales multiply the scalar product with each vector; a single number is for
// all.
func (m *AssociativeMemory) InputScales(by ...float64) *AssociativeMemory {
	if by = m.each("input scales", by); by != nil {
		m.compare.Transform(Matrix(scaled(m.inputs, by)...))
	}
	return m
}

func (m *AssociativeMemory) each(what string, x []float64) []float64 {
	if len(x) == 1 {
		x = repeat(x[0], len(m.inputs))
	}
	if len(x) != len(m.inputs) || !finite(x...) {
		m.mistake(m.label(), "the %s are %v, want one finite number, or one for each of %d vectors", what, x, len(m.inputs))
		return nil
	}
	return x
}

func scaled(rows [][]float64, by []float64) [][]float64 {
	out := make([][]float64, len(rows))
	for i, r := range rows {
		for _, x := range r {
			out[i] = append(out[i], by[i]*x)
		}
	}
	return out
}

// Inhibitable adds the node Inhibit, by which a positive value silences the
// memory. It comes before thresholds and default outputs.
func (m *AssociativeMemory) Inhibitable() *AssociativeMemory {
	if m.Inhibit != nil {
		return m
	}
	if m.sharp != nil || len(m.defaults) > 0 {
		m.mistake(m.label(), "Inhibitable comes after ThresholdOutputs or DefaultOutput, which need it; call it before them")
		return m
	}
	m.Inhibit = m.Node("inhibit", PassThrough(1))
	c := m.Connect(m.Inhibit, m.similar).Synapse(NoSynapse).Transform(Fill(len(m.inputs), 1, -inhibition))
	// Its place is before the input, which decides the order of sums.
	m.move(c, 3*len(m.inputs))
	return m
}

// WinnerTakeAll lets the ensembles inhibit each other, with a weight such as 1.5
// and through a synapse such as Lowpass(0.005), so that the most similar vector
// wins.
func (m *AssociativeMemory) WinnerTakeAll(weight float64, synapse Synapse) *AssociativeMemory {
	if m.competes {
		m.mistake(m.label(), "WinnerTakeAll is called twice; call it once")
		return m
	}
	m.competes = true
	m.Connect(m.found, m.similar).Synapse(synapse).Transform(competition(len(m.inputs), weight))
	return m
}

// AddInput adds an input with vectors of its own for the same answers.
func (m *AssociativeMemory) AddInput(name string, vectors [][]float64, scales ...float64) *Node {
	vectors = m.vectors("vectors of input "+name, vectors)
	if len(scales) > 0 {
		if scales = m.each("input scales", scales); scales != nil {
			vectors = scaled(vectors, scales)
		}
	}
	in := m.Node(name, PassThrough(len(vectors[0])))
	m.Connect(in, m.similar).Synapse(NoSynapse).Transform(Matrix(vectors...))
	return in
}

// AddOutput adds an output with other answers.
func (m *AssociativeMemory) AddOutput(name string, vectors [][]float64) *Node {
	vectors = m.vectors("vectors of output "+name, vectors)
	d := len(vectors[0])
	columns := make([]float64, d*len(vectors))
	for k, v := range vectors {
		for i, x := range v {
			columns[i*len(vectors)+k] = x
		}
	}
	out := m.Node(name, PassThrough(d))
	c := m.Connect(m.answers(), out).Synapse(NoSynapse).
		Transform(Transform{kind: matrixTransform, rows: d, cols: len(vectors), matrix: columns})
	m.outputs = append(m.outputs, c)
	return out
}

// answers is the node from which outputs are made.
func (m *AssociativeMemory) answers() *Node {
	if m.sharp != nil {
		return m.sharp.Output
	}
	return m.found
}

// DefaultOutput adds a vector to an output when none of the known ones is found:
// until the sum of what the ensembles answer is least (such as 0.5). It is made by
// so many neurons.
func (m *AssociativeMemory) DefaultOutput(output *Node, vector []float64, neurons int, least float64) *AssociativeMemory {
	if output == nil || output.net != m.Network || len(vector) != output.size() || !(least > 0) {
		m.mistake(m.label(), "the default output has %d numbers and is off from %g on, want an output of this memory, as many numbers as it has, and more than 0", len(vector), least)
		return m
	}
	e := m.threshold("default output", neurons)
	m.Connect(m.bias, e).Synapse(NoSynapse)
	m.defaults = append(m.defaults, m.Connect(m.answers(), e).Transform(Fill(1, len(m.inputs), -1/least)))
	column := Transform{kind: matrixTransform, rows: len(vector), cols: 1, matrix: vector}
	m.Connect(e, output).Synapse(NoSynapse).Transform(column)
	if m.Inhibit != nil {
		m.Connect(m.Inhibit, e).Synapse(NoSynapse).Transform(Scalar(-inhibition))
	}
	return m
}

// ThresholdOutputs makes the answers all or nothing, by two more ensembles of so
// many neurons for each vector, which inhibit with a weight such as 10.
func (m *AssociativeMemory) ThresholdOutputs(neurons int, weight float64) *AssociativeMemory {
	if m.sharp != nil {
		m.mistake(m.label(), "ThresholdOutputs is called twice; call it once")
		return m
	}
	count := len(m.inputs)
	upper := func(e *Ensemble) {
		e.Encoders(Choice(1)).Intercepts(Uniform(0.5, 1)).EvalPoints(Uniform(0.75, 1.1)).NEvalPoints(5000)
	}
	// The first ensemble fires until a vector is found, and silences the second.
	below := m.EnsembleArray("below threshold", neurons, count).Each(upper)
	m.sharp = m.EnsembleArray("above threshold", neurons, count).Each(upper)
	m.Connect(m.bias, below.Input).Synapse(NoSynapse).Transform(Fill(count, 1, 1))
	m.Connect(m.bias, m.sharp.Input).Synapse(NoSynapse).Transform(Fill(count, 1, 1))
	m.Connect(m.found, below.Input).Transform(Scalar(-weight))
	m.Connect(below.Output, m.sharp.Input).Transform(Scalar(-weight))
	for _, list := range [][]*Connection{m.defaults, m.outputs} {
		for _, c := range list { // again, from the new answers
			for i, old := range m.connections {
				if old == c {
					m.connections = append(m.connections[:i:i], m.connections[i+1:]...)
					break
				}
			}
			c.pre = m.sharp.Output.end()
			m.connections = append(m.connections, c)
		}
	}
	if m.Inhibit != nil {
		for _, e := range m.sharp.Ensembles {
			m.Connect(m.Inhibit, e).Synapse(NoSynapse).Transform(Scalar(-inhibition))
		}
	}
	return m
}
