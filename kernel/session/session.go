package session

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/spikebook/spikebook/kernel/cell"
	"github.com/spikebook/spikebook/kernel/gotool"
	"github.com/spikebook/spikebook/kernel/leftover"
	"github.com/spikebook/spikebook/kernel/worker"
)

// gonbVersion is the version of GoNB whose display protocol is spoken; programs
// find it in GONB_VERSION.
const gonbVersion = "v0.11.4"

// Options say how cells are built and run.
type Options struct {
	Tool   *gotool.Tool             // required
	Dir    string                   // working directory of cells and shell commands; "" means the current one
	Env    []string                 // their environment; nil means that of this process
	Limits *worker.Limits           // of output; nil means worker.JupyterLimits
	Log    func(string, ...any)     // notes about what happens; nil drops them
	Trace  func(stage, text string) // told what each stage of a build made; nil means nobody

	Program bool   // cells are programs of their own, as in GoNB, until %mode live
	Pinned  Pinned // go.mod and go.sum as %pin wrote them; empty: the notebook has none
}

// A Session runs the cells of one notebook.
type Session struct {
	tool      *gotool.Tool
	compiler  *cell.Compiler
	assistant *cell.Assistant
	outlet    *worker.Outlet
	dir       string
	tmp       string // GONB_TMP_DIR
	env       []string
	log       func(string, ...any)

	ctx    context.Context // ends with the session
	cancel context.CancelFunc

	fronts   fronts   // comms
	commands commands // what special lines have set

	executing  sync.Mutex // one cell at a time
	mu         sync.Mutex
	worker     *starting      // the current worker, started or starting
	life       int            // its number
	job        *job           // the cell that runs; nil between cells
	sources    map[int]string // execution count → text, for tracebacks
	count      int            // of the latest cell
	out        worker.Output  // of the latest cell
	unrestored string         // what did not come back after a worker's death or of what was pinned, until a cell tells it
	closed     bool
}

// starting is a worker that is being started in the background.
type starting struct {
	done   chan struct{} // closed when worker or err is set
	again  bool          // declarations of earlier cells are brought back
	worker *worker.Worker
	err    error
}

// A job is the execution of one cell.
type job struct {
	cancel     context.CancelFunc
	interrupts int

	ctx context.Context // ends with it, and when it is interrupted
	ask Asker           // nil: nobody can be asked

	refused bool  // a question was not answered because of an interrupt
	next    *Next // what it gives the front end to run next
}

// New starts a session. It does not wait for the worker, which is started in the
// background, and built first if it is not in the cache.
func New(o Options) *Session {
	s := &Session{
		tool:    o.Tool,
		dir:     o.Dir,
		env:     o.Env,
		log:     o.Log,
		sources: map[int]string{},
		fronts:  fronts{comms: map[string]*openComm{}, events: map[int64]*event{}},
	}
	if s.log == nil {
		s.log = func(string, ...any) {}
	}
	s.openModule(o)
	if o.Trace != nil {
		s.compiler.Trace = o.Trace
	}
	s.assistant = cell.NewAssistant(s.compiler)
	limits := worker.JupyterLimits
	if o.Limits != nil {
		limits = *o.Limits
	}
	s.outlet = worker.NewOutlet(limits)
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if s.dir == "" {
		if dir, err := os.Getwd(); err == nil {
			s.dir = dir
		}
	}
	if s.env == nil {
		s.env = os.Environ()
	}
	s.env = append(s.env[:len(s.env):len(s.env)],
		"PWD="+s.dir, "GONB_DIR="+s.dir, "GONB_TMP_DIR="+s.tmp, "GONB_VERSION="+gonbVersion, "GONB_GIT_COMMIT=")
	s.env = append(s.env, jupyterEnv()...)
	s.mu.Lock()
	s.startWorker()
	s.mu.Unlock()
	go removeLeftovers()
	return s
}

// removeLeftovers removes what killed kernels have left, once in a process.
var removeLeftovers = sync.OnceFunc(func() { leftover.Remove(os.TempDir(), time.Now()) })

// startWorker begins to start a worker. The caller holds s.mu.
func (s *Session) startWorker() {
	st := &starting{done: make(chan struct{})}
	s.worker = st
	s.life++
	life := s.life
	env, dir := s.env, s.dir
	go func() {
		defer close(st.done)
		began := time.Now()
		path, err := s.tool.Worker(s.ctx)
		if err != nil {
			st.err = err
			return
		}
		packages, err := gotool.WorkerPackages(path)
		if err != nil {
			s.log("the worker's packages are not known, so cells are not compared with them: %v", err)
		}
		start := func() {
			st.worker, st.err = worker.Config{Path: path, Env: env, Dir: dir, Outlet: s.outlet, Packages: packages, Front: sides{s, life}}.Start(s.ctx)
		}
		if start(); st.err == nil {
			s.bringBack(st, start)
		}
		if st.err == nil {
			s.log("worker %d started in %v", st.worker.PID(), time.Since(began).Round(time.Millisecond))
			go func() {
				<-st.worker.Ended()
				s.endFronts(life)
			}()
		}
	}()
}

// live returns the worker, started again if starting it failed before. It waits
// until ctx ends.
func (s *Session) live(ctx context.Context) (*worker.Worker, error) {
	s.mu.Lock()
	select {
	case <-s.worker.done:
		if s.worker.err != nil && !s.closed {
			s.startWorker()
		}
	default:
	}
	st := s.worker
	s.mu.Unlock()
	select {
	case <-st.done:
		return st.worker, st.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// current returns the worker if it has started, else nil.
func (s *Session) current() *worker.Worker {
	s.mu.Lock()
	st := s.worker
	s.mu.Unlock()
	select {
	case <-st.done:
		return st.worker
	default:
		return nil
	}
}

// replaceWorker starts another worker, in which the functions and types of cells
// come back, and returns the names of the variables that are gone.
func (s *Session) replaceWorker(why error) (lost []string) {
	s.log("worker replaced: %v", why)
	lost = s.compiler.Lost()
	old := s.current()
	s.mu.Lock()
	if !s.closed {
		s.startWorker()
		s.worker.again = true
	}
	s.mu.Unlock()
	if old != nil {
		old.Kill("it is replaced")
		go old.Close()
	}
	return lost
}

// Interrupt ends what runs and keeps the state: a build is given up, a shell
// command gets SIGINT, cell code stops where it next looks. It does not wait.
// A second interrupt is impatient: see [worker.Worker.Interrupt]. Between cells
// it ends the handlers of events.
func (s *Session) Interrupt() {
	s.mu.Lock()
	j := s.job
	if j != nil {
		j.interrupts++
	}
	s.mu.Unlock()
	if j == nil {
		if w := s.current(); w != nil {
			w.InterruptEvents()
		}
		return
	}
	j.cancel()
	if j.interrupts > 1 {
		if w := s.current(); w != nil {
			w.Interrupt()
		}
	}
}

// Close ends whatever runs and frees everything. No Output is called after it.
func (s *Session) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	st, j := s.worker, s.job
	s.mu.Unlock()
	s.cancel()
	if j != nil {
		j.cancel()
	}
	<-st.done
	if st.worker != nil {
		if j != nil {
			st.worker.Kill("the session is closed")
		}
		st.worker.Close()
	}
	s.executing.Lock() // until the last cell has returned
	defer s.executing.Unlock()
	s.outlet.Close()
	var errs []error
	if s.tmp != "" {
		errs = append(errs, os.RemoveAll(s.tmp))
	}
	errs = append(errs, s.compiler.Close())
	return errors.Join(errs...)
}

// names lists variables for people.
func names(list []string) string {
	const most = 20
	if len(list) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
	}
	return strings.Join(list, ", ")
}
