package plan

import (
	"fmt"
	"sync/atomic"
)

// Backend turns programs into something that runs.
type Backend interface {
	Name() string // "ref", "cc", "cuda"
	// Compile prepares p. The program must not change afterwards.
	Compile(p *Program) (Executor, error)
}

// Executor runs a program on a state. It is not safe for concurrent use.
type Executor interface {
	// Run makes n steps, or fewer when stop becomes non-zero; it returns the
	// number of whole steps made. Between steps the state is consistent.
	Run(s *State, n int64, stop *atomic.Uint32) (int64, error)
	Close() error
}

// State holds the values of a program's buffers. Exactly one of the slices of
// a buffer is non-nil, according to its type.
type State struct {
	F64     [][]float64
	F32     [][]float32
	I64     [][]int64
	Bool    [][]uint8
	Step    int64     // steps made; t = Step × dt
	Records []Samples // one per Record operation, in order
}

// Samples is what one Record operation has gathered.
type Samples struct {
	Steps []int64   // the steps in which the samples were taken
	F64   []float64 // len(Steps) × buffer length, when the buffer is F64; and so on
	F32   []float32
	I64   []int64
	Bool  []uint8
}

// NewState allocates the buffers of p, all zero.
func NewState(p *Program) *State {
	s := &State{
		F64: make([][]float64, len(p.Buffers)), F32: make([][]float32, len(p.Buffers)),
		I64: make([][]int64, len(p.Buffers)), Bool: make([][]uint8, len(p.Buffers)),
	}
	for i, b := range p.Buffers {
		switch b.Type {
		case F64:
			s.F64[i] = make([]float64, b.Len)
		case F32:
			s.F32[i] = make([]float32, b.Len)
		case I64:
			s.I64[i] = make([]int64, b.Len)
		case Bool:
			s.Bool[i] = make([]uint8, b.Len)
		}
	}
	for _, op := range p.Ops {
		if _, ok := op.(*Record); ok {
			s.Records = append(s.Records, Samples{})
		}
	}
	return s
}

// Fits tells whether s has the buffers and records of p.
func (s *State) Fits(p *Program) error {
	if s == nil || len(s.F64) != len(p.Buffers) || len(s.F32) != len(p.Buffers) ||
		len(s.I64) != len(p.Buffers) || len(s.Bool) != len(p.Buffers) {
		return fmt.Errorf("program %s: the state was made for another program; use plan.NewState", p.Name)
	}
	for i, b := range p.Buffers {
		have := [...]int{F64: len(s.F64[i]), F32: len(s.F32[i]), I64: len(s.I64[i]), Bool: len(s.Bool[i])}
		for t, n := range have {
			want := 0
			if Type(t) == b.Type {
				want = b.Len
			}
			if n != want {
				return fmt.Errorf("program %s: buffer %s of the state has %d values of type %s, want %d; use plan.NewState and keep its lengths",
					p.Name, b.Name, n, Type(t), want)
			}
		}
	}
	records := 0
	for _, op := range p.Ops {
		if _, ok := op.(*Record); ok {
			records++
		}
	}
	if len(s.Records) != records {
		return fmt.Errorf("program %s: the state has %d records, want %d; use plan.NewState", p.Name, len(s.Records), records)
	}
	return nil
}
