package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spikebook/spikebook/kernel/flame"
	"github.com/spikebook/spikebook/kernel/magic"
	"github.com/spikebook/spikebook/kernel/worker"
	"github.com/spikebook/spikebook/kernel/worker/wire"
)

// timeCell is %time. The statement behind it has become a line of the cell.
func (s *Session) timeCell(_ context.Context, p *plan, _ magic.Line, _ []string) error {
	p.time = true
	return nil
}

// String lists the stages that took time.
func (t Timing) String() string {
	var parts []string
	for _, stage := range []struct {
		name string
		d    time.Duration
	}{
		{"check", t.Stages.Check + t.Stages.Generate}, {"compile", t.Stages.Compile}, {"link", t.Stages.Link},
		{"load", t.Load}, {"run", t.Run}, {"drain", t.Drain},
	} {
		if stage.d > 0 && (stage.d >= 50*time.Microsecond || stage.name == "run") {
			parts = append(parts, stage.name+" "+shortTime(stage.d))
		}
	}
	return strings.Join(append(parts, "total "+shortTime(t.Total)), ", ")
}

// shortTime is a time with three digits.
func shortTime(d time.Duration) string {
	switch {
	case d < 10*time.Microsecond:
		return d.Round(10 * time.Nanosecond).String()
	case d < 10*time.Millisecond:
		return d.Round(10 * time.Microsecond).String()
	case d < 10*time.Second:
		return d.Round(time.Millisecond).String()
	}
	return d.Round(10 * time.Millisecond).String()
}

// setTiming is %timing.
func (s *Session) setTiming(_ context.Context, p *plan, _ magic.Line, words []string) error {
	switch {
	case len(words) == 0:
		s.commands.timing = !s.commands.timing
	case words[0] == "on":
		s.commands.timing = true
	case words[0] == "off":
		s.commands.timing = false
	default:
		return fmt.Errorf("%q, want on or off", words[0])
	}
	s.print("timing %s\n", map[bool]string{true: "on", false: "off"}[s.commands.timing])
	return nil
}

// timeitCell is %timeit: what is timed becomes the body of a loop.
func (s *Session) timeitCell(_ context.Context, p *plan, l magic.Line, _ []string) error {
	n, r, code, err := timeitArgs(l.Args)
	if err != nil {
		return err
	}
	const path = "github.com/spikebook/spikebook/kernel/live/timeit"
	head := fmt.Sprintf("timeit.Run(%d, %d, func(n int) { for range n { ", n, r)
	if strings.TrimSpace(code) != "" {
		if expr, err := parser.ParseExpr(code); err == nil && !isCall(expr) {
			code = "timeit.Keep(" + code + ")"
		}
		p.put(l.Line, head+code+" } });")
	} else {
		// The whole cell, but for its declarations, which stand before.
		lines := strings.Split(p.text, "\n")
		rest := strings.Join(lines[l.Line:], "\n")
		if strings.TrimSpace(rest) == "" {
			return errors.New("nothing to time; write %timeit STATEMENT, or put the statements below it")
		}
		lines[l.Line-1] = head
		p.text = strings.TrimRight(strings.Join(lines, "\n"), " \t\n") + "\n}});"
	}
	// On the first line, so that no line moves.
	p.text = "import timeit " + strconv.Quote(path) + "; " + p.text
	return nil
}

// isCall tells a call, which is a statement as it is.
func isCall(e ast.Expr) bool {
	for {
		switch x := e.(type) {
		case *ast.ParenExpr:
			e = x.X
		case *ast.UnaryExpr:
			if x.Op != token.ARROW {
				return false
			}
			return true
		case *ast.CallExpr:
			return true
		default:
			return false
		}
	}
}

// timeitArgs reads -n and -r, in any of the forms that people know from elsewhere.
func timeitArgs(args string) (n, r int, code string, err error) {
	for {
		args = strings.TrimLeft(args, " \t")
		var into *int
		switch {
		case strings.HasPrefix(args, "-n"):
			into = &n
		case strings.HasPrefix(args, "-r"):
			into = &r
		default:
			return n, r, args, nil
		}
		rest := strings.TrimLeft(args[2:], " \t=")
		end := strings.IndexFunc(rest, func(c rune) bool { return c < '0' || c > '9' })
		if end < 0 {
			end = len(rest)
		}
		number, bad := strconv.Atoi(rest[:end])
		if bad != nil || number < 1 {
			return 0, 0, "", fmt.Errorf("%q, want a positive number after %s", rest, args[:2])
		}
		*into, args = number, rest[end:]
	}
}

// A profile is what %pprof asks for.
type profile struct {
	file string // where the worker writes it
	keep bool
}

// profileCell is %pprof.
func (s *Session) profileCell(_ context.Context, p *plan, _ magic.Line, words []string) error {
	if len(words) > 1 {
		return fmt.Errorf("%d arguments, want one file or none", len(words))
	}
	p.profile = &profile{}
	if len(words) == 1 {
		p.profile.file, p.profile.keep = s.path(words[0]), true
		return nil
	}
	f, err := os.CreateTemp(s.tmp, "cell-*.pprof")
	if err != nil {
		return err
	}
	p.profile.file = f.Name()
	return f.Close()
}

// showProfile draws the profile of a cell that has run.
func (s *Session) showProfile(p *plan, result *Result) {
	file := p.profile.file
	if !p.profile.keep {
		defer os.Remove(file)
	}
	f, err := os.Open(file)
	if err != nil {
		return // the cell did not come to run
	}
	defer f.Close()
	profile, err := flame.Read(f, func(name string) bool {
		return name == "runtime.goexit" || name == "runtime.main" || strings.HasPrefix(name, "github.com/spikebook/spikebook/kernel/worker/main.") || strings.Contains(name, "spikebook/kernel/live.")
	})
	if err != nil {
		if result.Err == nil {
			s.outlet.Text("stderr", fmt.Sprintf("no profile: %v\n", err))
		}
		return
	}
	if profile.Samples == 0 {
		s.outlet.Text("stdout", fmt.Sprintf("the cell ran %s, too short for a profile, which takes a sample each 10 ms; let it run longer, or repeat it with %%timeit\n", shortTime(result.Timing.Run)))
		return
	}
	labels := flame.Labels{
		Own: func(n *flame.Node) bool { return strings.HasPrefix(filepath.Base(n.File), "Cell[") },
		Name: func(n *flame.Node) string {
			if count, line, ok := s.compiler.Position(n.File, n.Line); ok {
				name := strings.TrimPrefix(strings.TrimPrefix(function(n.Name), ", "), "in ")
				if name == "" {
					name = "statements"
				}
				return fmt.Sprintf("%s (Cell [%d]:%d)", name, count, line)
			}
			return worker.Unmark(n.Name)
		},
	}
	cpu := time.Duration(profile.Samples) * profile.Period
	title := fmt.Sprintf("Cell [%d]: %s of CPU time in %s", p.count, shortTime(cpu), shortTime(result.Timing.Run))
	plain := title + "\n"
	for _, n := range profile.Top(10) {
		plain += fmt.Sprintf("%6.1f %% in itself, %5.1f %% with callees  %s\n", 100*float64(n.Self)/float64(profile.Samples), 100*float64(n.Total)/float64(profile.Samples), labels.Name(&n))
	}
	if p.profile.keep {
		plain += "profile: " + file
	}
	s.outlet.Display(worker.Display{Data: map[string]any{"image/svg+xml": profile.SVG(title, labels), "text/plain": strings.TrimRight(plain, "\n")}, Metadata: map[string]any{}})
}

// showMemory is %memory.
func (s *Session) showMemory(ctx context.Context, _ *plan, _ magic.Line, _ []string) error {
	w, err := s.live(ctx)
	if err != nil {
		return err
	}
	var m wire.Memory
	if err := w.Ask(ctx, wire.AskMemory, nil, &m); err != nil {
		return err
	}
	rows := [][]string{{"what", "size", ""},
		{"worker: live objects", bytesText(int64(m.Heap)), "values of variables, and what goroutines hold"},
		{"worker: private memory", bytesText(int64(m.Private)), "resident, of this process alone"},
		{"worker: shared memory", bytesText(int64(m.Shared)), "code of cells and libraries, which the system can take back"},
		{"kernel", bytesText(residentBytes()), "resident"},
	}
	slots, about, err := s.slotsOf(nil)
	if err != nil {
		return err
	}
	vars, err := s.look(ctx, slots)
	if err != nil {
		return err
	}
	slices.SortFunc(vars, func(a, b wire.Variable) int { return cmp.Compare(b.Bytes, a.Bytes) })
	for _, v := range vars[:min(8, len(vars))] {
		rows = append(rows, []string{"variable " + v.Name, bytesText(v.Bytes), strings.TrimSpace(about[v.Name].Type + " " + v.Shape)})
	}
	s.table(rows)
	if m.Private > 4<<30 {
		s.print("the worker uses much memory; %%rm frees variables, a restart of the kernel everything\n")
	}
	return nil
}

// residentBytes is the resident memory of this process.
func residentBytes() int64 {
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	f := strings.Fields(string(data))
	if len(f) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(f[1], 10, 64)
	return pages * int64(os.Getpagesize())
}

// jobsOf asks the worker for goroutines that cells have left. Those of one cell
// that ran several times count together.
func (s *Session) jobsOf(ctx context.Context) (byCell map[int][]wire.Job, err error) {
	w, err := s.live(ctx)
	if err != nil {
		return nil, err
	}
	var jobs []wire.Job
	if err := w.Ask(ctx, wire.AskJobs, nil, &jobs); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	byCell = map[int][]wire.Job{}
	for _, j := range jobs {
		if count, ok := s.commands.runs[j.Run]; ok {
			byCell[count] = append(byCell[count], j)
		}
	}
	return byCell, nil
}

// showJobs is %jobs.
func (s *Session) showJobs(ctx context.Context, _ *plan, _ magic.Line, _ []string) error {
	byCell, err := s.jobsOf(ctx)
	if err != nil {
		return err
	}
	if len(byCell) == 0 {
		s.print("no goroutines of cells are running\n")
		return nil
	}
	rows := [][]string{{"cell", "goroutines", "at"}}
	for _, count := range slices.Sorted(maps.Keys(byCell)) {
		n := 0
		var places []string
		for _, j := range byCell[count] {
			n += j.Count
			for _, p := range j.Places {
				if !slices.Contains(places, p) {
					places = append(places, p)
				}
			}
		}
		rows = append(rows, []string{fmt.Sprintf("[%d]", count), strconv.Itoa(n), strings.Join(places, ", ")})
	}
	s.table(rows)
	return nil
}

// killJobs is %kill.
func (s *Session) killJobs(ctx context.Context, _ *plan, _ magic.Line, words []string) error {
	if len(words) == 0 {
		return errors.New("no cell; write %kill and a number that %jobs shows")
	}
	byCell, err := s.jobsOf(ctx)
	if err != nil {
		return err
	}
	w, err := s.live(ctx)
	if err != nil {
		return err
	}
	for _, word := range words {
		count, err := strconv.Atoi(strings.Trim(word, "[]"))
		if err != nil {
			return fmt.Errorf("%q is no number of a cell", word)
		}
		if byCell[count] == nil {
			return fmt.Errorf("no goroutines of cell %d are running; %%jobs lists what there is", count)
		}
		n := 0
		for _, j := range byCell[count] {
			var told int
			if err := w.Ask(ctx, wire.AskKill, j.Run, &told); err != nil {
				return err
			}
			n += told
		}
		s.print("told %d goroutines of cell %d to stop; each ends where it next looks\n", n, count)
	}
	return nil
}
