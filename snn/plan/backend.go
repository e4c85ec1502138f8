package plan

import (
	"fmt"
	"sync/atomic"

	"github.com/spikebook/spikebook/snn/model"
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

// Resident is an Executor that can keep a state with itself, on a device, from run
// to run. Once a state is kept, its Step is what it always is, while the host's
// values of a buffer, and its Records, are true only after Read and Take.
type Resident interface {
	Executor
	// Keep makes s the state of all later runs. Executors on one device that keep
	// states with the same arrays share them there. After an error of a run the
	// host's values are those that were read last, and the next run begins with them.
	Keep(s *State) error
	// Read brings the values of a buffer to the host.
	Read(buffer int) error
	// Write says that the host is about to write to a buffer, to all of it if whole;
	// else its values are read first.
	Write(buffer int, whole bool) error
	// Draw fills a buffer on the device, as d says. ok is whether the executor can
	// do that, and thinks it worth while.
	Draw(buffer int, d Draws) (ok bool, err error)
	// Take appends the samples that are on the device to the state's Records.
	Take() error
}

// Draws says how initial values are drawn: the value of element e is the draw of a
// distribution at step 0, element Number(e), of the stream with that Key.
type Draws struct {
	Dist model.Dist // UniformDist, NormalDist, LogNormalDist or ExponentialDist
	Args [2]float64 // as in package rng
	Key  [2]uint32

	// A draw that is not in Lo to Hi is made again at the next step; both 0 is no
	// limit.
	Lo, Hi float64

	// Number(e) is e, or, of a list of synapses, i·Post + j for a synapse from i to j.
	Pairs *Sparse
	Post  int

	// Diagonal, if it is not 0, is the length of the rows of a square matrix whose
	// diagonal stays 0.
	Diagonal int
}

// State holds the values of a program's buffers. Exactly one of the slices of
// a buffer is non-nil, according to its type.
type State struct {
	F64     [][]float64
	F32     [][]float32
	I64     [][]int64
	Bool    [][]uint8
	I32     [][]int32
	Step    int64     // steps made; t = Step × dt
	Records []Samples // one per Record and RecordSpikes operation, in order
}

// Samples is what one Record or RecordSpikes operation has gathered.
type Samples struct {
	Steps []int64   // the steps in which the samples were taken
	F64   []float64 // len(Steps) × buffer length, when the buffer is F64; and so on
	F32   []float32
	I64   []int64
	Bool  []uint8
	I32   []int32 // the neurons of RecordSpikes, one per entry of Steps
}

// NewState allocates the buffers of p, all zero.
func NewState(p *Program) *State {
	s := &State{
		F64: make([][]float64, len(p.Buffers)), F32: make([][]float32, len(p.Buffers)),
		I64: make([][]int64, len(p.Buffers)), Bool: make([][]uint8, len(p.Buffers)),
		I32: make([][]int32, len(p.Buffers)),
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
		case I32:
			s.I32[i] = make([]int32, b.Len)
		}
	}
	for i, b := range p.Buffers {
		if b.Part == nil {
			continue
		}
		of, from, to := b.Part.Of, b.Part.First, b.Part.First+b.Len
		switch b.Type {
		case F64:
			s.F64[i] = s.F64[of][from:to:to]
		case F32:
			s.F32[i] = s.F32[of][from:to:to]
		case I64:
			s.I64[i] = s.I64[of][from:to:to]
		case Bool:
			s.Bool[i] = s.Bool[of][from:to:to]
		case I32:
			s.I32[i] = s.I32[of][from:to:to]
		}
	}
	s.Records = make([]Samples, p.records())
	return s
}

// records is the number of operations that gather samples.
func (p *Program) records() (n int) {
	for _, op := range p.Ops {
		switch op.(type) {
		case *Record, *RecordSpikes:
			n++
		}
	}
	return n
}

// Fits tells whether s has the buffers and records of p.
func (s *State) Fits(p *Program) error {
	if s == nil || len(s.F64) != len(p.Buffers) || len(s.F32) != len(p.Buffers) ||
		len(s.I64) != len(p.Buffers) || len(s.Bool) != len(p.Buffers) || len(s.I32) != len(p.Buffers) {
		return fmt.Errorf("program %s: the state was made for another program; use plan.NewState", p.Name)
	}
	for i, b := range p.Buffers {
		have := [...]int{F64: len(s.F64[i]), F32: len(s.F32[i]), I64: len(s.I64[i]), Bool: len(s.Bool[i]), I32: len(s.I32[i])}
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
	if n := p.records(); len(s.Records) != n {
		return fmt.Errorf("program %s: the state has %d records, want %d; use plan.NewState", p.Name, len(s.Records), n)
	}
	return nil
}
