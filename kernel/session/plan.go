package session

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/spikebook/spikebook/kernel/cell"
	"github.com/spikebook/spikebook/kernel/magic"
)

// A plan is what the special lines of a cell make of it.
type plan struct {
	count  int
	cellID string
	coming func() (Request, bool)
	code   string // as it came
	text   string // its Go text: special lines are blank, %% has become func main
	args   []string

	program *program // how to run it as a program; nil to run it live
	time    bool     // say how long it took
	profile *profile
	capture *capture
	inputs  int // how the next shell command may ask
	began   time.Time
}

// What %with_inputs and %with_password allow the next shell command.
const (
	noInput = iota
	withInput
	withPassword
)

// prepare reads a cell's special lines and carries them out in order. Nothing is
// done when the cell has a mistake that shows without looking at other cells.
func (s *Session) prepare(ctx context.Context, r Request, code string) (*plan, *Error) {
	p := &plan{count: r.Count, cellID: r.CellID, coming: r.Coming, code: code, args: s.commands.args, began: time.Now()}
	script := magic.Split(code)
	p.text = script.Go
	var run []magic.Line
	var faults []magic.Line
	for _, l := range script.Lines {
		switch {
		case l.Fault == nil:
			run = append(run, l)
		case l.Fault.Unknown && s.commands.mode == programMode:
			// GoNB says so and goes on.
			text := fmt.Sprintf("%q unknown or not implemented yet.", l.Name)
			if l.Fault.Hint != "" {
				text += " " + l.Fault.Hint
			}
			s.outlet.Text("stderr", text+"\n")
		default:
			faults = append(faults, l)
		}
	}
	if faults != nil {
		return p, buildError(cell.FaultsOf(r.Count, code, faults))
	}
	if s.commands.mode == programMode {
		p.program = &program{}
	}
	if err := p.wrap(run); err != nil {
		return p, err
	}
	if strings.TrimSpace(p.text) != "" {
		if err := cell.Syntax(r.Count, code, p.text); err != nil {
			return p, s.compileError(err)
		}
	}
	if p.program == nil {
		p.callInits(s.commands.memory)
	}
	for _, l := range run {
		if ctx.Err() != nil {
			return p, plainError("Interrupted", "the cell was interrupted")
		}
		if err := s.magic(ctx, p, l); err != nil {
			return p, err
		}
	}
	if len(s.commands.goflags) > 0 && p.program == nil && strings.TrimSpace(p.text) != "" {
		p.program = &program{}
	}
	return p, nil
}

// wrap turns the lines behind %%, %main and %exec into func main, and lines that
// %time and %timeit are given into Go. No line moves.
func (p *plan) wrap(lines []magic.Line) *Error {
	open := false
	for _, l := range lines {
		switch l.Name {
		case "%%", "%main", "%exec":
			if open {
				return plainError("CompileError", fmt.Sprintf("line %d: %s: the cell has a func main already", l.Line, l.Name))
			}
			open = true
		}
		switch l.Name {
		case "%%", "%main":
			p.put(l.Line, "func main() { flag.Parse();")
			p.text = strings.TrimRight(p.text, "\n") + "\n}"
		case "%exec":
			words := magic.Words(l.Args)
			if len(words) == 0 || !identifier.MatchString(words[0]) {
				return plainError("CompileError", fmt.Sprintf("line %d: %%exec: %q is no name of a function; write %%exec NAME [ARGUMENTS]", l.Line, l.Args))
			}
			p.put(l.Line, "")
			p.text = strings.TrimRight(p.text, "\n") + "\nfunc main() { flag.Parse(); " + words[0] + "() }"
		case "%time":
			if l.Args != "" {
				p.put(l.Line, "      "+l.Args)
			}
		}
	}
	return nil
}

var identifier = regexp.MustCompile(`^[\pL_][\pL\pN_]*$`)

// put replaces a line of the text.
func (p *plan) put(line int, with string) {
	lines := strings.Split(p.text, "\n")
	if line >= 1 && line <= len(lines) {
		lines[line-1] = with
	}
	p.text = strings.Join(lines, "\n")
}

// empty tells whether there is no Go text.
func (p *plan) empty() bool { return strings.TrimSpace(p.text) == "" }

// conclude does what the special lines want done after the cell.
func (s *Session) conclude(ctx context.Context, p *plan, result *Result) {
	if p == nil {
		return
	}
	if p.profile != nil {
		s.showProfile(p, result)
	}
	if p.time || s.commands.timing && !p.empty() {
		result.Timing.Total = time.Since(p.began)
		s.outlet.Text("stdout", result.Timing.String()+"\n")
	}
	if p.capture != nil {
		s.outlet.Flush(context.WithoutCancel(ctx))
		if err := s.endCapture(ctx, p); err != nil && result.Err == nil {
			result.Err = err
		}
	}
	s.outlet.Flush(context.WithoutCancel(ctx))
}
