package session

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spikebook/spikebook/kernel/cell"
	"github.com/spikebook/spikebook/kernel/gonb"
	"github.com/spikebook/spikebook/kernel/gotool"
	"github.com/spikebook/spikebook/kernel/worker"
	"github.com/spikebook/spikebook/kernel/worker/wire"
)

// commands is what special lines have set, and what they know. It belongs to the
// cell that runs, but for runs.
type commands struct {
	module  *gotool.Module // nil when its folder could not be made
	mode    mode
	args    []string // of %args
	goflags []string
	timing  bool
	set     map[string]string // by %env
	tracked []string          // by %track and by go.mod
	memory  gonb.Memory       // declarations as text, for programs
	texts   []ranCell         // Go text of cells that ran, in order, for %export
	hinted  bool              // the hint about variables that keep their values was given
	benches map[string]float64
	goroot  string

	program *worker.Program // that runs; guarded by Session.mu

	runs map[int64]int // number of a run → execution count; guarded by Session.mu
}

// A ranCell is the text of a live cell that ran.
type ranCell struct {
	id    string // of the cell; empty when the front end has none
	count int
	text  string
}

// mode says how cells are run.
type mode int

const (
	liveMode mode = iota
	programMode
)

// Pinned is what %pin writes into a notebook: its go.mod and go.sum.
type Pinned struct {
	GoMod string `json:"go.mod"`
	GoSum string `json:"go.sum"`
}

// openModule makes the notebook's module and the compiler of its cells.
func (s *Session) openModule(o Options) {
	s.commands.set = map[string]string{}
	s.commands.runs = map[int64]int{}
	s.commands.benches = map[string]float64{}
	if o.Program {
		s.commands.mode = programMode
	}
	m, err := o.Tool.NewModule(o.Dir)
	if err != nil {
		s.log("cells import what the toolkit has only: %v", err)
		s.compiler = cell.New(o.Tool)
		return
	}
	if s.dir == "" {
		if dir, err := os.Getwd(); err == nil {
			m.SetWorkDir(dir)
		}
	}
	s.commands.module, s.tmp = m, m.Dir()
	s.compiler = cell.NewIn(m)
	m.Progress = s.progress
	if o.Pinned.GoMod != "" {
		if err := m.Restore(o.Pinned.GoMod, o.Pinned.GoSum); err != nil {
			s.unrestored = fmt.Sprintf("the notebook's pinned go.mod is not used: %v", err)
		}
	}
}

// Restore gives the notebook go.mod and go.sum as %pin wrote them. It is called
// before the first cell.
func (s *Session) Restore(p Pinned) error {
	if s.commands.module == nil {
		return errors.New("this notebook has no go.mod of its own")
	}
	return s.commands.module.Restore(p.GoMod, p.GoSum)
}

// RunPrograms lets cells be programs of their own, as in GoNB. It is called before
// the first cell.
func (s *Session) RunPrograms() { s.commands.mode = programMode }

// progress shows what is fetched.
func (s *Session) progress(line string) {
	if s.outlet != nil {
		s.outlet.Text("stderr", line+"\n")
	}
}

// moduleOr is the notebook's module.
func (s *Session) moduleOr() (*gotool.Module, *Error) {
	if s.commands.module == nil {
		return nil, plainError("NotReady", "this notebook has no go.mod of its own: no folder for temporary files could be written when the kernel started; set TMPDIR to one that can, and restart the kernel")
	}
	return s.commands.module, nil
}

// refresh lets changed packages be compiled anew before a cell is.
func (s *Session) refresh(ctx context.Context) error {
	if s.commands.module == nil {
		return nil
	}
	changed, err := s.commands.module.Refresh(ctx)
	if len(changed) > 0 {
		s.log("changed packages: %s", strings.Join(changed, ", "))
	}
	return err
}

// compileError is an error for a cell that could not be built; see buildError.
func (s *Session) compileError(err error) *Error { return buildError(err) }

// runOptions are those of a cell's live run.
func (s *Session) runOptions(p *plan) worker.RunOptions {
	o := worker.RunOptions{Args: p.args, Started: func(run int64) {
		// The caller does not hold s.mu.
		s.mu.Lock()
		defer s.mu.Unlock()
		s.commands.runs[run] = p.count
	}}
	if p.profile != nil {
		o.Profile = p.profile.file
	}
	return o
}

// learn keeps the text of a cell that was loaded, for what is made of programs.
func (s *Session) learn(p *plan, ran bool) {
	c, err := gonb.Parse(p.count, p.text, true)
	if err != nil {
		s.log("not kept for programs: %v", err)
		return
	}
	s.commands.memory = s.commands.memory.With(c)
	if ran {
		s.keepText(p)
	}
}

// keepText keeps what a cell did, for %export.
func (s *Session) keepText(p *plan) {
	id := p.cellID
	s.commands.texts = slices.DeleteFunc(s.commands.texts, func(r ranCell) bool {
		return r.text == p.text || id != "" && r.id == id
	})
	s.commands.texts = append(s.commands.texts, ranCell{id, p.count, p.text})
}

// setEnv sets variables for cells, shells and the go command.
func (s *Session) setEnv(ctx context.Context, list ...string) {
	s.mu.Lock()
	env := slices.Clone(s.env)
	for _, kv := range list {
		name, _, _ := strings.Cut(kv, "=")
		env = slices.DeleteFunc(env, func(old string) bool { return strings.HasPrefix(old, name+"=") })
		if strings.Contains(kv, "=") {
			env = append(env, kv)
		}
	}
	s.env = env
	s.mu.Unlock()
	if m := s.commands.module; m != nil {
		m.SetEnv(list...)
	}
	// A worker that is being started gets them by its environment or here.
	if w, err := s.live(ctx); err == nil {
		if err := w.Ask(ctx, wire.AskEnv, list, nil); err != nil {
			s.log("the worker's environment: %v", err)
		}
	}
}

// getenv is a variable of the cells' environment.
func (s *Session) getenv(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.env) - 1; i >= 0; i-- {
		if value, ok := strings.CutPrefix(s.env[i], name+"="); ok {
			return value
		}
	}
	return ""
}

// path is a file name as a special line gives it: ~, $NAME and ${NAME} stand for
// what they do in a shell, and it is relative to the notebook's folder.
func (s *Session) path(name string) string {
	if name == "~" || strings.HasPrefix(name, "~/") {
		name = s.getenv("HOME") + name[1:]
	}
	name = os.Expand(name, s.getenv)
	if !filepath.IsAbs(name) {
		name = filepath.Join(s.dir, name)
	}
	return name
}

// jupyterEnv tells programs where Jupyter is: its server's folder, and the name of
// this kernel there.
func jupyterEnv() (env []string) {
	// kernel-<uuid>.json is the connection file, an argument of the kernel.
	for _, a := range os.Args {
		base := filepath.Base(a)
		if id, ok := strings.CutPrefix(strings.TrimSuffix(base, ".json"), "kernel-"); ok && strings.HasSuffix(base, ".json") {
			env = append(env, "GONB_JUPYTER_KERNEL_ID="+id)
			break
		}
	}
	if os.Getenv("GONB_JUPYTER_ROOT") != "" {
		return env
	}
	if pid := os.Getenv("JPY_PARENT_PID"); pid != "" && strings.Trim(pid, "0123456789") == "" {
		if dir, err := os.Readlink("/proc/" + pid + "/cwd"); err == nil {
			env = append(env, "GONB_JUPYTER_ROOT="+dir)
		}
	}
	return env
}

// Pin returns what %pin writes, as it is now.
func (s *Session) Pin() (Pinned, error) {
	if s.commands.module == nil {
		return Pinned{}, errors.New("this notebook has no go.mod of its own")
	}
	mod, sum, err := s.commands.module.Files()
	return Pinned{mod, sum}, err
}

// envNames are what %env has set, sorted.
func (s *Session) envNames() []string { return slices.Sorted(maps.Keys(s.commands.set)) }

// writeMain keeps main.go and main_test.go of all declarations in the folder of
// go.mod, where shell lines and go tools find them.
func (s *Session) writeMain(ctx context.Context, c *gonb.Cell) (*gonb.Files, error) {
	if s.commands.module == nil {
		return nil, errors.New("this notebook has no folder of its own")
	}
	return s.writeProgram(ctx, s.commands.memory, c, "")
}

func (s *Session) writeProgram(ctx context.Context, m gonb.Memory, c *gonb.Cell, extra string) (*gonb.Files, error) {
	files, err := m.ComposeWith(ctx, c, resolver{s}, extra)
	if err != nil {
		return nil, err
	}
	dir := s.commands.module.Dir()
	for name, text := range map[string]string{"main.go": files.Main, "main_test.go": files.Test} {
		file := filepath.Join(dir, name)
		if text == "" {
			os.Remove(file)
			continue
		}
		if old, err := os.ReadFile(file); err == nil && string(old) == text {
			continue
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return nil, fmt.Errorf("%w; free some space or set TMPDIR to another folder", err)
		}
	}
	return files, nil
}

// resolver knows packages for programs.
type resolver struct{ s *Session }

func (r resolver) ImportPath(ctx context.Context, name string, members []string) (string, bool) {
	return r.s.compiler.ImportPath(ctx, name, members)
}

func (r resolver) PackageName(path string) string {
	if name := r.s.commands.module.PackageName(path); name != "" {
		return name
	}
	return r.s.tool.PackageName(path)
}

// setProgram notes the program that runs, which pages talk to.
func (s *Session) setProgram(p *worker.Program) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commands.program = p
}

// runningProgram is the program that runs, or nil.
func (s *Session) runningProgram() *worker.Program {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.commands.program
}
