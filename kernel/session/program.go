package session

import (
	"context"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spikebook/spikebook/kernel/cell"
	"github.com/spikebook/spikebook/kernel/gonb"
	"github.com/spikebook/spikebook/kernel/magic"
	"github.com/spikebook/spikebook/kernel/worker"
)

// A program is how a cell runs by itself: all declarations, built by the go
// command, in a process that ends with the cell.
type program struct {
	test  string   // "%test", "%bench" or "%cover"; empty: func main runs
	args  []string // of the test
	given bool     // the user has given args
	flags []string // of go build, beside those of %goflags
	wasm  *wasmPlace
}

// programArgs is %%, %main, %exec and %args.
func (s *Session) programArgs(_ context.Context, p *plan, l magic.Line, words []string) error {
	if l.Name == "%exec" {
		words = words[1:]
	}
	p.args = words
	if l.Name == "%args" {
		s.commands.args = words
	}
	return nil
}

// setGoflags is %goflags.
func (s *Session) setGoflags(_ context.Context, _ *plan, _ magic.Line, words []string) error {
	if len(words) > 0 {
		s.commands.goflags = slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == "" })
	}
	s.print("%%goflags=%q\n", s.commands.goflags)
	return nil
}

// testCell is %test, %bench and %cover.
func (s *Session) testCell(_ context.Context, p *plan, l magic.Line, words []string) error {
	for _, w := range words {
		if w != "" && !strings.HasPrefix(w, "-test.") && !strings.HasPrefix(w, "--test.") && strings.HasPrefix(w, "-") && l.Name == "%test" {
			return fmt.Errorf("%q, want flags that begin with -test., such as -test.run=Name", w)
		}
	}
	if p.program == nil {
		p.program = &program{}
	}
	p.program.test, p.program.args, p.program.given = l.Name, slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == "" }), len(words) > 0
	if l.Name == "%cover" {
		p.program.flags = append(p.program.flags, "-cover")
	}
	return nil
}

// raceCell is %race.
func (s *Session) raceCell(_ context.Context, p *plan, _ magic.Line, _ []string) error {
	if p.program == nil {
		p.program = &program{}
	}
	p.program.flags = append(p.program.flags, "-race")
	return nil
}

// runProgram builds a cell with all declarations and runs it.
func (s *Session) runProgram(ctx context.Context, r Request, p *plan, result *Result) {
	m, failed := s.moduleOr()
	if failed != nil {
		result.Err = failed
		return
	}
	live := s.commands.mode == liveMode
	began := time.Now()
	c, err := gonb.Parse(p.count, p.text, live && p.program.test != "")
	if err != nil {
		result.Err = plainError("CompileError", err.Error())
		return
	}
	if len(c.Decls)+len(c.Stmts) == 0 && c.Main == nil && p.program.test == "" {
		return // comments only
	}
	next := s.commands.memory.With(c)
	extra := ""
	if p.program.wasm != nil {
		extra = p.program.wasm.constants()
	}
	files, err := s.writeProgram(ctx, next, c, extra)
	if err != nil {
		result.Err = plainError("BuildError", err.Error())
		return
	}
	out := filepath.Join(m.Dir(), "gonb_cell")
	env := []string{}
	if p.program.wasm != nil {
		out = p.program.wasm.file
		env = append(env, "GOOS=js", "GOARCH=wasm")
	}
	failed = s.goBuild(ctx, p, files, out, env)
	result.Timing.Build = time.Since(began)
	result.Timing.Stages.Compile = time.Since(began)
	if failed != nil {
		s.outlet.Flush(context.Background())
		if ctx.Err() != nil {
			*result = s.interrupted(*result, false)
			return
		}
		result.Err = failed
		s.richError(failed)
		return
	}
	// Declarations are kept when they compile, whatever the run does.
	s.commands.memory = next
	if p.program.wasm != nil {
		s.showWasm(p)
		return
	}
	if live && p.program.test != "" {
		if failed := s.declareLive(ctx, r, p, result); failed {
			return
		}
	}
	args := p.args
	var names []string
	if p.program.test != "" {
		args, names = s.testArgs(p, next)
		if names == nil && !p.program.given {
			s.outlet.Text("stderr", "there are no tests: write func TestName(t *testing.T), or func BenchmarkName(b *testing.B)\n")
		}
	}
	run := time.Now()
	s.runBinary(ctx, p, files, out, args, result)
	if result.Err == nil && !live {
		s.keepText(p)
	}
	result.Timing.Run = time.Since(run)
}

// declareLive makes the declarations of a test cell known to live cells too.
func (s *Session) declareLive(ctx context.Context, r Request, p *plan, result *Result) (failed bool) {
	quiet := *p
	quiet.program = nil
	if i := strings.Index(quiet.text, "func main()"); i >= 0 {
		return false // it is a program, with a func main that would run
	}
	if quiet.empty() {
		return false
	}
	inner := Result{}
	s.runLive(ctx, r, &quiet, &inner)
	if inner.Err != nil {
		result.Err = inner.Err
		return true
	}
	return false
}

// missingPackage finds what the go command lacks.
var missingPackage = regexp.MustCompile(`(?:no required module provides package|cannot find module providing package|missing go\.sum entry for module providing package|module providing package) ([^\s;:()]+)`)

// goBuild runs go build or go test -c, and fetches modules that are missing.
func (s *Session) goBuild(ctx context.Context, p *plan, files *gonb.Files, out string, env []string) *Error {
	m := s.commands.module
	args := []string{"build", "-o", out}
	if p.program.test != "" {
		args = []string{"test", "-c", "-o", out}
	}
	args = append(append(args, s.commands.goflags...), p.program.flags...)
	os.Remove(out)
	tried := map[string]bool{}
	for {
		output, err := s.goCommand(ctx, env, args...)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return plainError("Interrupted", "interrupted")
		}
		again := false
		for _, found := range missingPackage.FindAllStringSubmatch(output, -1) {
			if path := found[1]; !tried[path] {
				tried[path] = true
				if err := m.Obtain(ctx, path); err != nil {
					return plainError("CompileError", err.Error())
				}
				again = true
			}
		}
		if !again && !tried["."] && (strings.Contains(output, "updates to go.mod needed") || strings.Contains(output, "missing go.sum entry")) {
			tried["."] = true
			again = m.Complete(ctx) == nil
		}
		if !again {
			return s.programProblems(p, files, output)
		}
	}
}

// goCommand runs the go command in the module's folder with the user's own cache.
func (s *Session) goCommand(ctx context.Context, env []string, args ...string) (output string, err error) {
	s.mu.Lock()
	all := append(slices.Clone(s.env), env...)
	s.mu.Unlock()
	return s.tool.RunGo(ctx, s.commands.module.Dir(), all, args...)
}

// programLine is a line of a compiler's output.
var programLine = regexp.MustCompile(`^(?:\./|.*/)?(main(?:_test)?\.go):(\d+)(?::(\d+))?: (.*)$`)

// programProblems leads the compiler's words back to cells.
func (s *Session) programProblems(p *plan, files *gonb.Files, output string) *Error {
	problems := &cell.Problems{Count: p.count}
	var rest []string
	lines := strings.Split(strings.TrimRight(output, "\n"), "\n")
	for _, line := range lines {
		m := programLine.FindStringSubmatch(strings.TrimPrefix(line, "vet: "))
		if m == nil {
			if n := len(problems.List); n > 0 && strings.HasPrefix(line, "\t") {
				problems.List[n-1].Message += "\n" + line
				continue
			}
			if !strings.HasPrefix(line, "# ") && !strings.HasPrefix(line, "FAIL\t") && strings.TrimSpace(line) != "" {
				rest = append(rest, line)
			}
			continue
		}
		number, _ := strconv.Atoi(m[2])
		col, _ := strconv.Atoi(m[3])
		count, at, col, ok := files.Place(m[1], number, col)
		if !ok {
			rest = append(rest, line)
			continue
		}
		problem := cell.Problem{Line: at, Col: col, Message: m[4], Source: s.sourceLine(count, at)}
		if count != p.count {
			problem.Message = fmt.Sprintf("in Cell [%d]: %s", count, m[4])
		}
		problems.List = append(problems.List, problem)
	}
	if len(problems.List) == 0 {
		return plainError("CompileError", strings.Join(rest, "\n"))
	}
	e := buildError(problems)
	for _, line := range rest {
		e.Traceback = append(e.Traceback, faint+line+plain)
	}
	return e
}

// sourceLine is a line of a cell.
func (s *Session) sourceLine(count, line int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := strings.Split(s.sources[count], "\n")
	if line < 1 || line > len(lines) {
		return ""
	}
	return strings.TrimSuffix(lines[line-1], "\r")
}

// testArgs are the flags of a test program, and the functions it is to run.
func (s *Session) testArgs(p *plan, m gonb.Memory) (args, names []string) {
	prefixes := []string{"Test", "Example", "Fuzz"}
	tests := m.Tests(p.count, prefixes...)
	benches := m.Tests(p.count, "Benchmark")
	whole := len(tests)+len(benches) == 0
	if whole {
		tests = m.Tests(0, prefixes...)
		benches = m.Tests(0, "Benchmark")
	}
	names = append(slices.Clone(tests), benches...)
	if p.program.test == "%bench" {
		if whole || len(benches) == 0 {
			benches = m.Tests(0, "Benchmark")
		}
		args = []string{"-test.run=^$", "-test.bench=" + exactly(benches), "-test.benchmem"}
		for _, w := range p.program.args {
			if !strings.HasPrefix(w, "-") { // names
				args[1] = "-test.bench=" + w
				continue
			}
			args = append(args, w)
		}
		return args, benches
	}
	if p.program.given {
		return p.program.args, names
	}
	args = []string{"-test.v"}
	if !whole {
		// None of this cell's kind: no others.
		args = append(args, "-test.run="+exactly(tests))
		if len(benches) > 0 {
			args = append(args, "-test.bench="+exactly(benches))
		}
	}
	return args, names
}

// exactly is a pattern of names.
func exactly(names []string) string {
	if len(names) == 0 {
		return "^$"
	}
	return "^(" + strings.Join(names, "|") + ")$"
}

// runBinary runs what was built.
func (s *Session) runBinary(ctx context.Context, p *plan, files *gonb.Files, file string, args []string, result *Result) {
	cover := ""
	if p.program.test == "%cover" {
		cover = filepath.Join(s.commands.module.Dir(), "cover.out")
		args = append(slices.Clone(args), "-test.coverprofile="+cover)
	}
	if p.profile != nil && p.program.test != "" {
		args = append(slices.Clone(args), "-test.cpuprofile="+p.profile.file)
	}
	var seen strings.Builder
	bench := p.program.test == "%bench"
	if bench {
		s.outlet.Tap(func(stream, text string, _ *worker.Display) {
			if stream == "stdout" && seen.Len() < 1<<20 {
				seen.WriteString(text)
			}
		})
	}
	s.mu.Lock()
	env, dir, life := s.env, s.dir, s.life
	s.mu.Unlock()
	prog := &worker.Program{Path: file, Args: args, Env: env, Dir: dir, Outlet: s.outlet, Front: sides{s, life}, Annotate: func(text string) string { return annotate(files, text) }}
	s.setProgram(prog)
	ended, err := prog.Run(ctx)
	s.setProgram(nil)
	s.outlet.Flush(context.WithoutCancel(ctx))
	if bench {
		s.outlet.Tap(nil)
		s.compareBenches(seen.String())
	}
	if cover != "" {
		s.showCoverage(files, cover)
	}
	switch {
	case err != nil:
		result.Err = plainError("BuildError", err.Error())
	case ctx.Err() != nil:
		*result = s.interrupted(*result, false)
		result.Err.EValue = "the program was interrupted"
		result.Err.Traceback = headline("Interrupted", result.Err.EValue)
	case ended.Code != 0:
		result.Err = s.endedError(p, files, ended)
		s.richError(result.Err)
	}
}

// endedError is an error for a program that failed.
func (s *Session) endedError(p *plan, files *gonb.Files, ended worker.Ended) *Error {
	status := fmt.Sprintf("exit status %d", ended.Code)
	if ended.Code < 0 {
		status = "signal: " + ended.Signal
	}
	if ended.Words == "" {
		return plainError("Exit", status)
	}
	name := "panic"
	if !strings.Contains(ended.Words, "panic: ") {
		name = "fatal error"
	}
	e := plainError(name, ended.Reason)
	for _, f := range ended.Frames[:min(len(ended.Frames), mostFrames)] {
		count, line, _, ok := files.Place(f.File, f.Line, 0)
		if !ok {
			e.Traceback = append(e.Traceback, fmt.Sprintf("%s%s, %s:%d%s", faint, f.Func, short(f.File), f.Line, plain))
			continue
		}
		e.Traceback = append(e.Traceback, fmt.Sprintf("%sCell [%d]: Line %d%s%s", bold, count, line, plain, function(f.Func)))
		e.Traceback = append(e.Traceback, s.excerpt(count, line)...)
	}
	e.EValue += "\n" + status
	e.Traceback = append(e.Traceback, status)
	return e
}

// tracePlace is a place in the sources of a program, as stack traces write it.
var tracePlace = regexp.MustCompile(`(?m)^(\s+)(\S*main(?:_test)?\.go):(\d+)`)

// annotate names the cell of each line of a stack trace, in the form that GoNB
// gives it.
func annotate(files *gonb.Files, text string) string {
	return tracePlace.ReplaceAllStringFunc(text, func(found string) string {
		m := tracePlace.FindStringSubmatch(found)
		line, _ := strconv.Atoi(m[3])
		count, at, _, ok := files.Place(m[2], line, 0)
		if !ok {
			return found
		}
		return fmt.Sprintf("%s \x1b[7m[[ Cell [%d] Line %d ]]\x1b[0m %s:%s", m[1], count, at, m[2], m[3])
	})
}

// richError shows an error as GoNB does, in HTML beside the error itself, where
// notebooks are GoNB's.
func (s *Session) richError(e *Error) {
	if s.commands.mode != programMode {
		return
	}
	var b strings.Builder
	b.WriteString("<pre style=\"color:var(--jp-error-color1, #b00)\">")
	for _, line := range e.Traceback {
		b.WriteString(html.EscapeString(ansi.ReplaceAllString(strings.ReplaceAll(line, "Cell [", "Cell["), "")) + "\n")
	}
	b.WriteString("</pre>")
	s.html(b.String(), "")
}

var ansi = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// benchLine is a result of a benchmark.
var benchLine = regexp.MustCompile(`(?m)^(Benchmark\S*?)(?:-\d+)?\s+\d+\s+([0-9.]+) ns/op`)

// compareBenches tells how benchmarks have changed since they last ran.
func (s *Session) compareBenches(output string) {
	for _, m := range benchLine.FindAllStringSubmatch(output, -1) {
		now, err := strconv.ParseFloat(m[2], 64)
		if err != nil || now <= 0 {
			continue
		}
		if before := s.commands.benches[m[1]]; before > 0 {
			change := "as fast as"
			switch {
			case now < 0.98*before:
				change = fmt.Sprintf("%.2f times faster than", before/now)
			case now > 1.02*before:
				change = fmt.Sprintf("%.2f times slower than", now/before)
			}
			s.print("%s: %s in its last run (%.4g ns/op)\n", m[1], change, before)
		}
		s.commands.benches[m[1]] = now
	}
}

// coverBlock is a line of a coverage profile.
var coverBlock = regexp.MustCompile(`(?m)^[^\n:]*/?(main(?:_test)?\.go):(\d+)\.(\d+),(\d+)\.(\d+) (\d+) (\d+)$`)

// showCoverage colours the lines of cells that tests have reached, and those that
// they have not.
func (s *Session) showCoverage(files *gonb.Files, profile string) {
	data, err := os.ReadFile(profile)
	if err != nil {
		return
	}
	defer os.Remove(profile)
	type mark struct{ hit, missed bool }
	marks := map[int]map[int]*mark{} // cell → line
	total, reached := 0, 0
	for _, m := range coverBlock.FindAllStringSubmatch(string(data), -1) {
		from, _ := strconv.Atoi(m[2])
		to, _ := strconv.Atoi(m[4])
		n, _ := strconv.Atoi(m[6])
		hits, _ := strconv.Atoi(m[7])
		if _, _, _, ok := files.Place(m[1], from, 0); !ok {
			continue // the kernel's own func main
		}
		total += n
		if hits > 0 {
			reached += n
		}
		for line := from; line <= to; line++ {
			count, at, _, ok := files.Place(m[1], line, 0)
			if !ok {
				continue
			}
			if marks[count] == nil {
				marks[count] = map[int]*mark{}
			}
			if marks[count][at] == nil {
				marks[count][at] = &mark{}
			}
			if hits > 0 {
				marks[count][at].hit = true
			} else {
				marks[count][at].missed = true
			}
		}
	}
	if total == 0 {
		return
	}
	rich := fmt.Sprintf("<b>%.1f %% of statements</b>\n", 100*float64(reached)/float64(total))
	text := fmt.Sprintf("%.1f %% of statements\n", 100*float64(reached)/float64(total))
	var counts []int
	for count := range marks {
		counts = append(counts, count)
	}
	slices.Sort(counts)
	for _, count := range counts {
		s.mu.Lock()
		source := s.sources[count]
		s.mu.Unlock()
		rich += fmt.Sprintf("<div>Cell [%d]</div><pre style=\"margin:0 0 8px\">", count)
		text += fmt.Sprintf("Cell [%d]\n", count)
		for i, line := range strings.Split(strings.TrimRight(source, "\n"), "\n") {
			sign, colour := " ", ""
			if m := marks[count][i+1]; m != nil {
				switch {
				case m.hit: // a line may end one block and begin another
					sign, colour = "+", "background:rgba(60,160,60,.18)"
				case m.missed:
					sign, colour = "-", "background:rgba(220,50,47,.18)"
				}
			}
			rich += fmt.Sprintf("<span style=\"display:block;%s\">%4d  %s</span>", colour, i+1, html.EscapeString(line))
			text += fmt.Sprintf("%s%4d  %s\n", sign, i+1, line)
		}
		rich += "</pre>"
	}
	s.html(rich, strings.TrimRight(text, "\n"))
}
