package cuda

import (
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/ref"
)

// Gather is a backend that runs programs on ref and keeps their kernels.
type Gather struct {
	texts  map[plan.Type]*text
	number int
}

func NewGather(fast bool) *Gather {
	g := &Gather{texts: map[plan.Type]*text{plan.F64: newText(), plan.F32: newText()}}
	for _, t := range g.texts {
		t.fast = fast
	}
	return g
}

func (*Gather) Name() string { return "cuda" }

func (g *Gather) Compile(p *plan.Program) (plan.Executor, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	// A kernel of a whole step has all others in it once more: some are enough.
	g.texts[p.Float].apart = g.number%50 != 0
	g.texts[p.Float].add(p)
	g.number++
	return ref.New().Compile(p)
}

// Source is all kernels in one precision, and how many there are.
func (g *Gather) Source(float plan.Type) (string, int, error) {
	s, err := g.texts[float].source(float)
	return s, len(g.texts[float].names), err
}

var Options = options

// DrawAtLeast sets how many values are worth drawing on the device.
func DrawAtLeast(n int) (restore func()) {
	before := drawAtLeast
	drawAtLeast = n
	return func() { drawAtLeast = before }
}

// DrawSource is the text of the kernels that draw.
var DrawSource = drawSource

// Graphs is an option that makes every step a graph, also of small networks.
func Graphs(b *backend) { b.graphs = true }

// Grid sets the number of blocks of the kernels that make many steps.
func Grid(blocks int) (restore func()) {
	before := gridFor
	gridFor = func(int) int { return blocks }
	return func() { gridFor = before }
}

// MarksPerBlock sets for how many neurons a block looks.
func MarksPerBlock(n int) (restore func()) {
	before := marksPerBlock
	marksPerBlock = n
	return func() { marksPerBlock = before }
}
