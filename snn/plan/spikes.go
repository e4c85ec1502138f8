package plan

import "github.com/spikebook/spikebook/snn/model"

// Sparse is connectivity as rows: the synapses of presynaptic neuron i are the
// slots Rows[i·Segments] to Rows[(i+1)·Segments] − 1, in storage as in time.
// Within a row they may be cut into segments by delay: segment k of row i is
// Rows[i·Segments+k] to Rows[i·Segments+k+1] − 1, see [Deliver]. Several
// synapses of one pair of neurons are allowed.
type Sparse struct {
	Rows     int // I64 buffer, Pre·Segments + 1 values, ascending from 0
	Targets  int // I32 buffer, one postsynaptic neuron per slot
	Segments int // at least 1

	// The same by postsynaptic neuron, for Column and for operations whose
	// bodies need the presynaptic neuron out of order; -1 where not needed.
	Sources int // I32 buffer, the presynaptic neuron of each slot
	Columns int // I64 buffer, Post + 1 values, ascending from 0
	Slots   int // I32 buffer: the slots of column j are Slots[Columns[j]] to Slots[Columns[j+1]−1], ascending
}

// Procedural is connectivity that is not stored: row i is drawn from random
// stream (Program.Seed, Object, Stream), the same each time; [Procedural.Row] says
// how. Bodies have only Scalar, Pre and Post operands; a value of the synapse is
// a draw with Rand.Fixed, numbered by [Procedural.Element].
type Procedural struct {
	Rule        string  // "probability" or "number"
	Probability float64 // "probability": of every pair, by geometric gaps
	Number      int     // "number": this many targets for every row, with replacement, ascending
	NoSelf      bool
	Object      uint32
	Stream      uint32
}

// Conv connects pictures: neuron index = (row·Width + column)·Channels + channel
// on both sides. An output at (r, c) sees inputs (r·Stride − Pad + a, c·Stride
// − Pad + b) through kernel element ((a·KernelWidth + b)·In + ci)·Out + co: the
// index Own of the synapse. Rows run over outputs in ascending order.
type Conv struct {
	InHeight, InWidth, In                          int // In, Out: channels
	OutHeight, OutWidth, Out                       int
	KernelHeight, KernelWidth                      int
	StrideHeight, StrideWidth, PadHeight, PadWidth int
}

// Spikes is a ring of lists of neurons that fired, ascending, one list a step:
// that of step s begins at List[(s mod Slots)·N] and has Count[s mod Slots]
// members.
type Spikes struct {
	List  int // I32 buffer, Slots·N
	Count int // I64 buffer, Slots
	N     int // neurons
	Slots int
}

// Collect makes the list of this step from marks.
type Collect struct {
	Label string
	Marks int // Bool buffer of N values
	To    Spikes
}

// Stamp notes when the spikes of step − Delay arrive: for each of them Prev[i]
// = Last[i], then Last[i] = step.
type Stamp struct {
	Label string
	From  Spikes
	Delay int
	Last  int // I64 buffer, N values
	Prev  int // I64 buffer, N values, or -1
}

// Deliver evaluates Body for every synapse of every neuron that fired: for k
// from 0 to Segments−1 (1 for all shapes but SparseRows) the spikes of step −
// Delay − k, ascending; for each its segment k, slots ascending.
//
// An assignment to an Emit symbol adds its value to the element that the symbol
// is bound to (Index Post or Pre; of a ring the row (step + Delay) mod Slots,
// when the assignment has a Delay, clamped to 0 … Slots−1). Others assign
// variables of the synapse (Own). A body sees what earlier statements assigned
// for its synapse, and for everything else the values at that moment: a second
// spike finds what the first one left. Body reads no buffer that it adds to.
// Sums are rounded synapse by synapse in this order, and stored as everything is:
// what is smaller than the smallest normal number becomes +0.
//
// Every draw of a body belongs to its synapse, whatever the locality of what it
// is assigned to.
type Deliver struct {
	Label   string
	From    Spikes // of the presynaptic population
	Delay   int
	Shape   Shape
	Body    []model.Assign
	Bind    Bind
	Object  uint32
	Enabled int // Bool buffer of length 1, or -1
}

// Column is Deliver for spikes of the postsynaptic population: every synapse of
// every postsynaptic neuron in the list of step − Delay, neurons ascending, for
// each its synapses in ascending order of slots. Shapes Dense, OneToOne and
// SparseRows with columns.
type Column struct {
	Label   string
	From    Spikes // of the postsynaptic population
	Delay   int
	Shape   Shape
	Body    []model.Assign
	Bind    Bind
	Object  uint32
	Enabled int
}

// Push copies a buffer into the row step mod Slots of a ring, where operands with
// Slots find it from the next step on: a Lag of 1 is the value at the end of the
// last step.
type Push struct {
	Label    string
	In, Ring int // of one type; Ring has Slots times the length of In
	Slots    int
}

// RecordSpikes appends the spikes of this step to a growing record: one entry
// of Samples.Steps and Samples.I32 for each.
type RecordSpikes struct {
	Label   string
	From    Spikes
	Enabled int
}

func (*Collect) op()      {}
func (*Stamp) op()        {}
func (*Deliver) op()      {}
func (*Column) op()       {}
func (*Push) op()         {}
func (*RecordSpikes) op() {}
