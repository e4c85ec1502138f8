package session

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/spikebook/spikebook/kernel/comm"
	"github.com/spikebook/spikebook/kernel/worker"
)

// An Asker puts a question to the person at the front end of a request and waits
// for the answer. password hides it as it is typed.
type Asker func(ctx context.Context, prompt string, password bool) (string, error)

// Next is text that the front end puts into a new cell below the one that ran, or
// into that one.
type Next struct {
	Text    string
	Replace bool
}

// fronts is what a session knows of the comms between cells and front ends.
type fronts struct {
	mu      sync.Mutex
	targets map[string]int       // that cells take → number of their worker
	comms   map[string]*openComm // by id
	events  map[int64]*event     // that the worker works on
	last    int64                // number of the latest event
}

// openComm is a comm that is open.
type openComm struct {
	target string
	out    worker.Output // of the cell that opened it; nil when a front end did
	pages  bool          // the other side is a page of gonbui's, not the worker's code
	life   int           // number of the worker that has it; 0: none
}

// An event is a message of a front end that the worker has.
type event struct {
	out  worker.Output // publishes what answers it
	done func()        // called once
	life int
}

// sides is a session as the Front of its worker.
type sides struct {
	*Session
	life int // number of the worker
}

// Comm implements worker.Front. It is called with the outlet's lock held.
func (s sides) Comm(m comm.Message, number int64) {
	f := &s.fronts
	f.mu.Lock()
	out := s.outlet.Current()
	if e := f.events[number]; e != nil {
		out = e.out
	}
	switch m.Kind {
	case comm.Opens:
		f.comms[m.ID] = &openComm{target: m.Target, out: s.outlet.Current(), life: s.life}
	case comm.Closes:
		delete(f.comms, m.ID)
	}
	f.mu.Unlock()
	if c, ok := out.(worker.Commer); ok {
		c.Comm(m)
	}
}

// Handled implements worker.Front.
func (s sides) Handled(number int64) {
	f := &s.fronts
	f.mu.Lock()
	e := f.events[number]
	delete(f.events, number)
	f.mu.Unlock()
	if e != nil {
		e.done()
		go s.redirectBack() // not here: the outlet's lock is held
	}
}

// redirectBack lets output appear under the latest cell again when no handler and
// no cell runs.
func (s *Session) redirectBack() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fronts.mu.Lock()
	idle := len(s.fronts.events) == 0
	s.fronts.mu.Unlock()
	if idle && s.job == nil && s.out != nil && !s.closed {
		s.outlet.Redirect(s.out)
	}
}

// Ask implements worker.Front.
func (s sides) Ask(prompt string, password bool, reply func(text, refuse string)) {
	s.mu.Lock()
	j := s.job
	s.mu.Unlock()
	go func() {
		text, err := s.ask(j, prompt, password)
		if err != nil {
			if j != nil && j.ctx.Err() != nil {
				// The worker is to see the interrupt first: a cell that got the refusal
				// before would go on behind the question.
				time.Sleep(refuseAfter)
			}
			reply("", err.Error())
			return
		}
		reply(text, "")
	}()
}

// refuseAfter is how long the answer to a question of an interrupted cell is held
// back. It is less than what makes the worker leave a cell behind.
const refuseAfter = 60 * time.Millisecond

func (s *Session) ask(j *job, prompt string, password bool) (string, error) {
	switch {
	case j == nil:
		return "", errors.New("no cell is running, and only a running cell can ask")
	case j.ask == nil:
		return "", errors.New("this front end does not accept input; run the notebook where somebody can answer, such as JupyterLab")
	}
	s.outlet.Flush(j.ctx) // the question is often printed
	text, err := j.ask(j.ctx, prompt, password)
	if err != nil && j.ctx.Err() != nil {
		err = errors.New("the cell was interrupted")
		s.mu.Lock()
		j.refused = true
		s.mu.Unlock()
	}
	return text, err
}

// Next implements worker.Front.
func (s sides) Next(text string, replace bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.job != nil {
		s.job.next = &Next{text, replace}
	}
}

// Target implements worker.Front.
func (s sides) Target(name string, taken bool) {
	f := &s.fronts
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.targets == nil {
		f.targets = map[string]int{}
	}
	if taken {
		f.targets[name] = s.life
	} else {
		delete(f.targets, name)
	}
}

// Knows reports whether a comm message can be served now, also while a cell runs:
// its comm is open, or somebody takes comms for its target.
func (s *Session) Knows(m comm.Message) bool {
	f := &s.fronts
	f.mu.Lock()
	defer f.mu.Unlock()
	if m.Kind == comm.Opens {
		_, taken := f.targets[m.Target]
		return taken || m.Target == worker.BrowserTarget
	}
	return f.comms[m.ID] != nil
}

// Comm gives cell code a message of a front end. What answers it goes to out. done
// is called once, when all that it has caused is published.
func (s *Session) Comm(m comm.Message, out worker.Output, done func()) {
	done = sync.OnceFunc(done)
	w := s.current()
	s.mu.Lock()
	life := s.life
	s.mu.Unlock()
	f := &s.fronts
	f.mu.Lock()
	c := f.comms[m.ID]
	switch {
	case m.Kind == comm.Opens && c == nil && w != nil:
		c = &openComm{target: m.Target, life: life}
		if m.Target == worker.BrowserTarget {
			c.pages, c.life = true, 0 // a page stays when the worker dies
		}
		f.comms[m.ID] = c
	case m.Kind == comm.Closes:
		delete(f.comms, m.ID)
	}
	if c == nil || w == nil {
		f.mu.Unlock()
		s.log("comm %s of %s: message dropped, nobody has it open", m.ID, m.Target)
		if refuser, ok := out.(worker.Commer); ok && m.Kind == comm.Opens {
			refuser.Comm(comm.Message{Kind: comm.Closes, ID: m.ID})
		}
		done()
		return
	}
	if c.pages {
		f.mu.Unlock()
		s.mu.Lock()
		program := s.commands.program
		s.mu.Unlock()
		if program != nil {
			program.BrowserMessage(m)
		} else {
			if p := s.runningProgram(); p != nil {
				p.BrowserMessage(m)
			} else {
				w.BrowserMessage(m)
			}
		}
		done()
		return
	}
	f.last++
	number := f.last
	f.events[number] = &event{out, done, life}
	f.mu.Unlock()

	parent := ""
	s.mu.Lock() // no cell begins meanwhile
	if p, ok := c.out.(worker.Parented); ok && s.job == nil {
		// What its handler prints appears under the cell that made it.
		s.outlet.Redirect(c.out)
		parent = p.Parent()
	}
	s.mu.Unlock()
	w.Event(number, m, parent)
	select {
	case <-w.Ended():
		sides{s, life}.Handled(number)
	default:
	}
}

// Comms lists the open comms, by id, with their targets.
func (s *Session) Comms() map[string]string {
	f := &s.fronts
	f.mu.Lock()
	defer f.mu.Unlock()
	list := make(map[string]string, len(f.comms))
	for id, c := range f.comms {
		list[id] = c.target
	}
	return list
}

// endFronts closes the comms of a worker that has ended, in the front ends too.
func (s *Session) endFronts(life int) {
	f := &s.fronts
	var closed []func()
	f.mu.Lock()
	for id, c := range f.comms {
		if c.life != life {
			continue
		}
		delete(f.comms, id)
		if out, ok := c.out.(worker.Commer); ok {
			closed = append(closed, func() { out.Comm(comm.Message{Kind: comm.Closes, ID: id}) })
		}
	}
	maps.DeleteFunc(f.targets, func(_ string, of int) bool { return of == life })
	for number, e := range f.events {
		if e.life == life {
			delete(f.events, number)
			closed = append(closed, e.done)
		}
	}
	f.mu.Unlock()
	for _, tell := range closed {
		tell()
	}
}
