package snn

import (
	"fmt"

	"github.com/spikebook/spikebook/snn/plan"
)

// kept is what a reset leaves as it is.
type kept struct {
	owners     map[Owner]bool
	slots      map[slotKey]bool
	clock      bool
	queues     bool
	spikeTimes bool
}

func (k kept) has(key slotKey) bool { return k.owners[key.of] || k.slots[key] }

// Keepable is what [Sim.Reset] can leave as it is: a [*Population],
// [*Projection], [*Receptor] or [*Source] as a whole, or a [Kept].
type Keepable interface{ what() string }

// Kept is a part that [Sim.Reset] leaves as it is: made by [Keep], or one of
// [Clock], [Queues] and [SpikeTimes].
type Kept struct {
	name  string
	of    Owner
	names []string
}

// Keep is some variables of an object.
func Keep(of Owner, names ...string) Kept { return Kept{"", of, names} }

var (
	// Clock lets time go on.
	Clock = Kept{name: "clock"}
	// Queues are spikes, delayed values and delayed input that are on their way.
	Queues = Kept{name: "queues"}
	// SpikeTimes are the times of the last spikes, which learning rules read.
	SpikeTimes = Kept{name: "spike times"}
)

func (k Kept) what() string {
	if k.of != nil {
		return k.of.what()
	}
	return k.name
}

// Reset goes back to the initial values of all variables at time 0, without
// spikes on their way, as if none had ever fired. What is to be kept is named:
// populations, projections, receptors and current sources as a whole, some
// variables of them ([Keep]), [Clock], [Queues], [SpikeTimes]. Parameters stay
// as they are, recordings start anew, and so does a simulation that has failed.
func (s *Sim) Reset(keep ...Keepable) error {
	k := kept{owners: map[Owner]bool{}, slots: map[slotKey]bool{}}
	for _, thing := range keep {
		o, whole := thing.(Owner)
		e, _ := thing.(Kept)
		part := e.of != nil
		if part {
			o = e.of
		}
		view, isView := o.(View)
		switch {
		case (whole || part) && absent(o) || !whole && !part && e.name == "":
			return s.fail(fmt.Errorf("simulation %s: reset: one thing to keep is nothing (nil)", s.net.name))
		case isView:
			return s.fail(fmt.Errorf("simulation %s: reset: %s is some neurons of %s, and only all can be kept; keep %[3]s and set the others", s.net.name, view.what(), view.pop.what()))
		case whole:
			k.owners[o] = true
		case e.name == Clock.name:
			k.clock = true
		case e.name == Queues.name:
			k.queues = true
		case e.name == SpikeTimes.name:
			k.spikeTimes = true
		default:
			for _, name := range e.names {
				key := slotKey{e.of, name}
				if _, ok := s.layout.slots[key]; !ok {
					return s.fail(fmt.Errorf("simulation %s: reset: %s: %w", s.net.name, e.of.what(), unknown("variable", name, readable(e.of))))
				}
				k.slots[key] = true
			}
		}
	}
	if (k.queues || k.spikeTimes) && !k.clock {
		return s.fail(fmt.Errorf("simulation %s: reset that keeps queues or spike times, want time to go on too; add snn.Clock", s.net.name))
	}
	return s.reset(k)
}

func (s *Sim) reset(k kept) error {
	s.err = nil
	if !k.clock {
		s.state.Step = 0
	}
	s.take()
	for i := range s.state.Records {
		s.state.Records[i] = plan.Samples{}
	}
	s.fired = s.fired[:0]
	return s.initialise(k, false)
}
