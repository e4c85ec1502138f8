//go:build cgo && linux

package cuda

import (
	"fmt"

	"github.com/spikebook/spikebook/snn/plan"
)

var _ plan.Resident = (*executor)(nil)

// Keep makes s the state of all later runs, whose values stay on the device; see
// [plan.Resident].
func (x *executor) Keep(s *plan.State) error {
	if x.stream == nil {
		return fmt.Errorf("program %s: a state to keep after Close; compile it again", x.p.Name)
	}
	if err := s.Fits(x.p); err != nil {
		return err
	}
	x.kept = nil
	if err := x.hold(s, true); err != nil {
		return fmt.Errorf("program %s: %w", x.p.Name, err)
	}
	x.forget()
	x.kept = s
	return nil
}

// same tells whether s has the arrays that are kept.
func (x *executor) same(s *plan.State) error {
	for i, b := range x.blocks {
		if b != nil && arrayOf(values(x.p.Buffers[i].Type, s, i)) != b.of {
			return fmt.Errorf("program %s: buffer %s is not that of the state that is kept; give a new state to Keep", x.p.Name, x.p.Buffers[i].Name)
		}
	}
	return nil
}

// Read brings the values of a buffer to the host.
func (x *executor) Read(buffer int) error {
	b, err := x.block(buffer)
	if b == nil || err != nil {
		return err
	}
	i := x.root(buffer)
	if err := b.fetch(x.stream, values(x.p.Buffers[i].Type, x.kept, i)); err != nil {
		return fmt.Errorf("program %s: reading %s: %w", x.p.Name, x.p.Buffers[buffer].Name, err)
	}
	return nil
}

// Write says that the host is about to write to a buffer.
func (x *executor) Write(buffer int, whole bool) error {
	b, err := x.block(buffer)
	if b == nil || err != nil {
		return err
	}
	if i := x.root(buffer); !whole || i != buffer {
		if err := x.Read(buffer); err != nil {
			return err
		}
	}
	b.mark(theHost)
	return nil
}

// block is the block of a buffer of the state that is kept; nil if there is none,
// so that the host's values are true.
func (x *executor) block(buffer int) (*block, error) {
	if buffer < 0 || buffer >= len(x.p.Buffers) {
		return nil, fmt.Errorf("program %s: no buffer %d, want 0 to %d", x.p.Name, buffer, len(x.p.Buffers)-1)
	}
	if x.kept == nil || x.blocks == nil {
		return nil, nil
	}
	i := x.root(buffer)
	if x.blocks[i] == nil { // another executor may have it
		return x.gpu.find(values(x.p.Buffers[i].Type, x.kept, i)), nil
	}
	return x.blocks[i], nil
}

// Take appends the samples that are on the device to the state's Records.
func (x *executor) Take() error {
	if x.kept == nil || x.stream == nil || len(x.kept.Records) != len(x.records) {
		return nil
	}
	if err := x.collect(x.kept.Records); err != nil {
		return fmt.Errorf("program %s: reading records: %w", x.p.Name, err)
	}
	return nil
}
