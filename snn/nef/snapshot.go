package nef

import (
	"bufio"
	"encoding/gob"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spikebook/spikebook/snn/rng"
)

// Snapshot is a simulation at one moment: everything that goes on changing. Its
// fields are plain values, for encoding/json or encoding/gob. What probes recorded
// is not in it.
type Snapshot struct {
	Network    string
	Dt         float64
	Step       int64
	Names      []string
	Values     [][]float64
	Generators []rng.LegacyState // of neurons that draw numbers
	Processes  []ProcessState
}

// Snapshot copies the state.
func (s *Sim) Snapshot() Snapshot {
	shot := Snapshot{Network: s.net.name, Dt: s.l.dt, Step: s.step}
	for i, sig := range s.l.signals {
		shot.Names = append(shot.Names, sig.name)
		shot.Values = append(shot.Values, slices.Clone(s.signals[i]))
	}
	for _, r := range s.l.generators {
		shot.Generators = append(shot.Generators, r.GetState())
	}
	var err error
	if shot.Processes, err = s.processStates(); err != nil {
		s.fail(fmt.Errorf("simulation %s: snapshot: %w", s.net.name, err))
	}
	return shot
}

// Restore continues from a snapshot of a simulation of the same network. Probes
// begin anew. Nothing is changed if there is an error.
func (s *Sim) Restore(shot Snapshot) error {
	if shot.Dt != s.l.dt || len(shot.Names) != len(s.l.signals) || len(shot.Values) != len(s.l.signals) || len(shot.Generators) != len(s.l.generators) || shot.Step < 0 {
		return fmt.Errorf("simulation %s: restore: the snapshot of %s has a step of %g s and %d signals, want %g s and %d; describe the same network", s.net.name, shot.Network, shot.Dt, len(shot.Names), s.l.dt, len(s.l.signals))
	}
	for i, sig := range s.l.signals {
		if shot.Names[i] != sig.name || len(shot.Values[i]) != sig.len() || !finite(shot.Values[i]...) && !slices.Contains(sig.init, shot.Values[i][0]) {
			return fmt.Errorf("simulation %s: restore: signal %d of the snapshot is %s with %d values, want %s with %d finite ones; describe the same network", s.net.name, i, shot.Names[i], len(shot.Values[i]), sig.name, sig.len())
		}
	}
	for i, g := range shot.Generators {
		if err := rng.NewRandomState(0).SetState(g); err != nil {
			return fmt.Errorf("simulation %s: restore: generator %d: %w", s.net.name, i, err)
		}
	}
	running := 0
	for _, tb := range s.tables {
		if tb.run == nil {
			continue
		}
		if running < len(shot.Processes) {
			if err := tb.run.accepts(shot.Processes[running]); err != nil {
				return fmt.Errorf("simulation %s: restore: %s: %w", s.net.name, tb.what, err)
			}
		}
		running++
	}
	if running != len(shot.Processes) {
		return fmt.Errorf("simulation %s: restore: the snapshot has %d processes, want %d; describe the same network", s.net.name, len(shot.Processes), running)
	}
	s.initialise()
	running = 0
	for _, tb := range s.tables {
		if tb.run != nil {
			if err := tb.run.setState(shot.Processes[running]); err != nil {
				return s.fail(err)
			}
			running++
		}
	}
	for i, v := range shot.Values {
		copy(s.signals[i], v)
	}
	for i, g := range shot.Generators {
		if err := s.l.generators[i].SetState(g); err != nil {
			return s.fail(err)
		}
	}
	s.step = shot.Step
	for _, p := range s.parts {
		if p.state != nil {
			p.state.Step = shot.Step
		}
	}
	return nil
}

// Save writes a snapshot to a file, which appears when it is complete.
func (shot Snapshot) Save(path string) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".snapshot-*")
	if err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	defer os.Remove(file.Name()) // nothing, once it has its name
	w := bufio.NewWriter(file)
	if err := errors.Join(gob.NewEncoder(w).Encode(shot), w.Flush(), file.Chmod(0o644), file.Close()); err != nil {
		return fmt.Errorf("snapshot %s: %w", path, err)
	}
	return os.Rename(file.Name(), path)
}

// LoadSnapshot reads what [Snapshot.Save] has written.
func LoadSnapshot(path string) (Snapshot, error) {
	file, err := os.Open(path)
	if err != nil {
		return Snapshot{}, fmt.Errorf("snapshot: %w", err)
	}
	defer file.Close()
	var shot Snapshot
	if err := gob.NewDecoder(bufio.NewReader(file)).Decode(&shot); err != nil {
		return Snapshot{}, fmt.Errorf("snapshot %s: it cannot be read, %w; save it again with Sim.Snapshot().Save", path, err)
	}
	return shot, nil
}
