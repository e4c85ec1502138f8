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

func NewGather() *Gather {
	return &Gather{texts: map[plan.Type]*text{plan.F64: newText(), plan.F32: newText()}}
}

func (*Gather) Name() string { return "cuda" }

func (g *Gather) Compile(p *plan.Program) (plan.Executor, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
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
