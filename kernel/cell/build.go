package cell

import (
	"context"
	"errors"
	"fmt"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spikebook/spikebook/kernel/gotool"
	"github.com/spikebook/spikebook/kernel/leftover"
)

// A toolchain is what a Compiler needs of a [gotool.Tool].
type toolchain interface {
	Resolve(ctx context.Context, paths []string) error
	Importer() types.Importer
	Compile(ctx context.Context, u gotool.Unit) (*gotool.Archive, error)
	Link(ctx context.Context, a *gotool.Archive, out string) (*gotool.Plugin, error)
}

// A Compiler builds the cells of one notebook.
type Compiler struct {
	// Trace, if set, is told what each stage made: its name and its text.
	Trace func(stage, text string)

	tool toolchain

	mu        sync.Mutex
	dir       string // for generated files; made at first use
	release   func() // its lock
	live      map[string]*entry
	imports   map[string]string // name → path, from earlier cells
	byText    map[string][]*record
	byPackage map[*types.Package]*record
	byFile    map[string]*record
	gone      map[string]int    // names that a dead worker held → execution count of their cell
	stayed    map[string]int    // variables that their cell could not share → its execution count
	failed    map[string]int    // names that a cell with mistakes would have defined → its execution count
	lost      map[string]*entry // variables of a dead worker: functions that mention them wait for new ones
	unreached map[string]*entry // variables whose cell stopped before their definition
	captured  map[int]bool      // slots whose memory closures or pointers may hold
	dropped   map[int]bool      // slots that the worker has forgotten
	slots     int               // number of the last slot
	ids       int               // number of the last cell
	decls     int               // number of the last declaration
	forgotten int               // how often all declarations were forgotten
	ahead     *Cell             // built before its turn; see Ahead
}

// New returns a Compiler with an empty scope.
func New(tool *gotool.Tool) *Compiler { return newCompiler(tool) }

func newCompiler(tool toolchain) *Compiler {
	return &Compiler{
		tool:      tool,
		live:      map[string]*entry{},
		imports:   map[string]string{},
		byText:    map[string][]*record{},
		byPackage: map[*types.Package]*record{},
		byFile:    map[string]*record{},
		gone:      map[string]int{},
		failed:    map[string]int{},
		stayed:    map[string]int{},
		lost:      map[string]*entry{},
		unreached: map[string]*entry{},
		captured:  map[int]bool{},
		dropped:   map[int]bool{},
	}
}

// A Cell is a cell that was built.
type Cell struct {
	ID        int            // number of the plugin; an unchanged cell has that of its first build
	Plugin    *gotool.Plugin // nil when there is nothing to load
	Unchanged bool           // the plugin is loaded already: only run it
	Empty     bool           // nothing to load and nothing to run, magics apart
	Magics    []Magic        // special lines, to be run first
	Source    string         // the generated Go file, for --trace
	Notices   []string       // what could not be kept of earlier cells, a line each; to be shown when it runs
	Timing    Timing

	text     string
	record   *record
	compiler *Compiler
}

// Timing says how long the stages of a build took.
type Timing struct {
	Check    time.Duration // split, parse and check
	Generate time.Duration
	Compile  time.Duration
	Link     time.Duration
}

// Position maps a place that the compiler or the runtime reports, such as
// "Cell[3]" and 7, to the execution count of a cell and a line of its text.
func (cell *Cell) Position(file string, line int) (count, cellLine int, ok bool) {
	if cell == nil || cell.compiler == nil {
		return 0, 0, false
	}
	return cell.compiler.Position(file, line)
}

// Position does the same for the frames of any cell.
func (c *Compiler) Position(file string, line int) (count, cellLine int, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := c.byFile[filepath.Base(file)]; r != nil {
		return r.count, line, true
	}
	return 0, 0, false
}

// Build makes a plugin of a cell's text. count is its execution count, cellID
// the front end's name of the cell, which may be empty. Mistakes of the user
// are a [*Problems]; any other error is a fault of the machine or of the
// kernel. The declarations become visible by [Compiler.Commit].
func (c *Compiler) Build(ctx context.Context, count int, cellID, code string) (built *Cell, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer func() {
		if p := recover(); p != nil {
			built = nil
			err = c.internalError(code, p, debug.Stack())
		}
	}()
	return c.build(ctx, count, cellID, code)
}

func (c *Compiler) trace(stage, text string) {
	if c.Trace != nil {
		c.Trace(stage, text)
	}
}

func (c *Compiler) build(ctx context.Context, count int, cellID, code string) (*Cell, error) {
	magics, text, problems, _ := splitMagics(code)
	return c.buildText(ctx, count, cellID, code, text, magics, problems, nil)
}

// buildText builds what is left of a cell without its special lines. If choices is
// not nil each statement is an expression, and choices are their numbers: see
// BuildChoice.
func (c *Compiler) buildText(ctx context.Context, count int, cellID, code, text string, magics []Magic, problems []Problem, choices []int) (*Cell, error) {
	began := time.Now()
	key := code
	if choices != nil {
		key = fmt.Sprint(choiceText, choices, code)
	}
	cell := &Cell{text: key, compiler: c, Magics: magics}
	split := splitGo(text)
	split.choices = choices
	c.traceSplit(magics, text, split)
	src, more := parseGo(text, split)
	problems = append(problems, more...)
	problems = append(problems, split.directives(text)...)
	if split.problem != nil {
		problems = append(problems, *split.problem)
	}
	if len(problems) > 0 {
		for _, name := range split.names(text) {
			c.failed[name] = count
		}
		return nil, finish(count, code, problems)
	}
	if len(src.stmts)+len(src.funcs)+len(src.imports) == 0 {
		cell.Empty = true
		return cell, nil
	}
	ck, problems, err := c.understand(ctx, text, split, count, cellID, code)
	if err != nil {
		return nil, err
	}
	if len(problems) > 0 {
		return nil, finish(count, code, problems)
	}
	src = ck.source
	cell.Notices = ck.notices
	c.traceCheck(ck)
	cell.Timing.Check = time.Since(began)

	began = time.Now()
	r := &record{id: c.ids + 1, count: count, cellID: cellID, forgotten: c.forgotten, pkg: ck.pkg, built: cell, imports: map[string]string{}}
	r.file = c.fileName(count)
	gen, problems := c.generate(ctx, ck, r)
	if len(problems) > 0 {
		return nil, finish(count, code, problems)
	}
	c.trace("rewrite", gen.text)
	cell.Timing.Generate = time.Since(began)
	if old := c.unchanged(key, gen.uses); old != nil {
		again := *old.built
		again.Unchanged = true
		again.Magics = magics
		again.Timing = cell.Timing
		again.Notices = cell.Notices
		old.count, old.cellID = count, cellID
		c.trace("unchanged", fmt.Sprintf("runs %s again", unitPath(old.id)))
		return &again, nil
	}
	if a := c.takeAhead(count, key, gen.uses); a != nil {
		ready := *a
		ready.Magics, ready.Timing, ready.Notices = magics, cell.Timing, cell.Notices
		ready.record.built = &ready
		c.trace("ahead", ready.Plugin.File+" was ready")
		return &ready, nil
	}
	for _, imp := range ck.explicit {
		if imp.name != "_" && imp.name != "." {
			r.hides = append(r.hides, imp.name)
			r.imports[imp.name] = c.logical(imp.path)
		}
	}
	for _, d := range ck.defs {
		if d.slot == 0 {
			r.hides = append(r.hides, d.ident.Name)
			r.stays = append(r.stays, d.ident.Name)
		}
	}
	r.entries, r.uses, r.vars, r.slots, r.cells = gen.entries, gen.uses, gen.vars, gen.slots, gen.cells
	cell.ID, cell.record, cell.Source = r.id, r, gen.text
	if len(src.stmts)+len(src.funcs)+len(src.carried) == 0 && !slices.ContainsFunc(ck.imports, func(i imported) bool { return i.name == "_" }) {
		cell.Empty = true // import lines only: nothing to run
		return cell, nil
	}
	c.ids++
	c.byFile[r.file] = r
	c.byPackage[r.pkg] = r
	if err := c.compile(ctx, cell, gen, code); err != nil {
		return nil, err
	}
	return cell, nil
}

// unchanged finds an earlier build of the same text whose outside names mean
// what they mean now.
func (c *Compiler) unchanged(code string, uses []string) *record {
	list := c.byText[code]
	for i := len(list) - 1; i >= 0; i-- {
		r := list[i]
		if slices.ContainsFunc(r.slots, func(slot int) bool { return c.dropped[slot] }) {
			continue
		}
		// "type T 5" is "type T self" for the cell that declares it, number 5; what
		// its declaration uses does not count then.
		had := slices.DeleteFunc(slices.Clone(r.uses), func(line string) bool {
			_, owner, ok := strings.Cut(line, inType)
			return ok && slices.Contains(uses, fmt.Sprintf("type %s %d", owner, r.id))
		})
		same := slices.EqualFunc(had, uses, func(was, is string) bool {
			self, own := strings.CutSuffix(was, " self")
			return was == is || own && is == fmt.Sprintf("%s %d", self, r.id)
		})
		if same {
			return r
		}
	}
	return nil
}

// compile writes the generated file, compiles and links it.
func (c *Compiler) compile(ctx context.Context, cell *Cell, gen *generated, code string) error {
	r := cell.record
	dir, err := c.scratch()
	if err != nil {
		return err
	}
	stem := filepath.Join(dir, fmt.Sprintf("cell%d", r.id))
	if err := os.WriteFile(stem+".go", []byte(gen.text), 0o644); err != nil {
		return fmt.Errorf("cell %d: cannot write its generated source: %w; free some space or set TMPDIR to another folder", r.count, err)
	}
	unit := gotool.Unit{Path: unitPath(r.id), File: stem + ".go", Imports: gen.imports}
	for _, used := range gen.cells {
		unit.Cells = append(unit.Cells, used.archive)
	}
	if err := c.tool.Resolve(ctx, gen.imports); err != nil {
		return err
	}
	began := time.Now()
	archive, err := c.tool.Compile(ctx, unit)
	if err != nil {
		return c.rejected(ctx, r, stem+".go", code, err)
	}
	cell.Timing.Compile = time.Since(began)
	began = time.Now()
	plugin, err := c.tool.Link(ctx, archive, stem+".so")
	if err != nil {
		return fmt.Errorf("cell %d: %w", r.count, err)
	}
	cell.Timing.Link = time.Since(began)
	c.trace("compile", fmt.Sprintf("%s in %v, linked in %v", plugin.File, cell.Timing.Compile.Round(time.Millisecond), cell.Timing.Link.Round(time.Millisecond)))
	r.archive = archive
	cell.Plugin = plugin
	return nil
}

// compilerPlace is how the compiler names another line within a message.
var compilerPlace = regexp.MustCompile(`at Cell\[[^\]]+\]:(\d+)(\[[^\]]*\])?`)

var compilerLine = regexp.MustCompile(`(?m)^(?:.*/)?(Cell\[[^\]]+\]|[^:\n]+):(\d+)(?::\d+)?: (.*)$`)

// rejected reports that the compiler does not accept what the checker did. The
// user sees the places, but the fault is the kernel's, so the source is kept.
func (c *Compiler) rejected(ctx context.Context, r *record, file, code string, err error) error {
	var tool *gotool.Error
	if ctx.Err() != nil || !errors.As(err, &tool) || !strings.Contains(tool.Output, ":") {
		return fmt.Errorf("cell %d: %w", r.count, err)
	}
	kept := ""
	var problems []Problem
	for _, m := range compilerLine.FindAllStringSubmatch(tool.Output, -1) {
		line, _ := strconv.Atoi(m[2])
		if m[1] != r.file {
			line = 1
		}
		text := plainNames(compilerPlace.ReplaceAllString(m[3], "in line $1"))
		if strings.HasPrefix(text, "goto ") {
			// The checker leaves jumps to the compiler: see checker.report.
			problems = append(problems, Problem{Line: line, Message: text})
			continue
		}
		if kept == "" {
			kept = c.keep(file)
		}
		problems = append(problems, Problem{
			Line:    line,
			Message: "the compiler rejects this cell: " + text,
			Hint:    "the checker accepted it, so this is a fault of the kernel; please report it with the generated source, " + kept,
		})
	}
	if len(problems) == 0 {
		return fmt.Errorf("cell %d: %w (generated source: %s)", r.count, err, c.keep(file))
	}
	return finish(r.count, code, problems)
}

// keep saves a generated file from the end of the compiler's own folder.
func (c *Compiler) keep(file string) string {
	data, err := os.ReadFile(file)
	if err != nil {
		return file
	}
	f, err := os.CreateTemp("", "spikebook-rejected-*.go")
	if err != nil {
		return file
	}
	defer f.Close()
	if _, err := f.Write(data); err != nil {
		return file
	}
	return f.Name()
}

// internalError is a panic inside of this package.
func (c *Compiler) internalError(code string, value any, stack []byte) error {
	where := ""
	if f, err := os.CreateTemp("", "spikebook-fault-*.txt"); err == nil {
		fmt.Fprintf(f, "%v\n\n%s\n\n%s\n", value, code, stack)
		where = "; please report it with " + f.Name()
		f.Close()
	}
	return fmt.Errorf("internal fault of the kernel while it built this cell: %v%s", value, where)
}

// scratch returns the folder of generated files.
func (c *Compiler) scratch() (string, error) {
	if c.dir == "" {
		dir, err := os.MkdirTemp("", "spikebook-cells-")
		if err != nil {
			return "", fmt.Errorf("cannot make a folder for compiled cells: %w; free some space or set TMPDIR to another folder", err)
		}
		c.dir, c.release = dir, leftover.Hold(dir)
	}
	return c.dir, nil
}

// Close removes the generated files. Plugins that are loaded stay loaded.
func (c *Compiler) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dir == "" {
		return nil
	}
	dir := c.dir
	c.dir = ""
	c.release()
	return os.RemoveAll(dir)
}

func (c *Compiler) newSlot() int {
	c.slots++
	return c.slots
}

// fileName is a cell's name in positions: "Cell[3]", or "Cell[3.2]" when a
// cell of that count exists already (silent execution does not count).
func (c *Compiler) fileName(count int) string {
	name := fmt.Sprintf("Cell[%d]", count)
	for i := 2; c.byFile[name] != nil; i++ {
		name = fmt.Sprintf("Cell[%d.%d]", count, i)
	}
	return name
}
