package session

import (
	"context"
	"errors"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spikebook/spikebook/kernel/magic"
	"github.com/spikebook/spikebook/kernel/worker"
	"github.com/spikebook/spikebook/kernel/worker/wire"
)

// A handler carries out one special line. words are its arguments.
type handler func(s *Session, ctx context.Context, p *plan, l magic.Line, words []string) error

// handlers are those of the table of package magic, each in the file of its group.
var handlers map[string]handler

func init() { // the handlers refer to the table
	handlers = map[string]handler{
		"%help":    (*Session).help,
		"%version": (*Session).version,

		"%%": (*Session).programArgs, "%main": (*Session).programArgs, "%args": (*Session).programArgs, "%exec": (*Session).programArgs,
		"%test": (*Session).testCell, "%bench": (*Session).testCell, "%cover": (*Session).testCell, "%race": (*Session).raceCell,
		"%mode": (*Session).setMode, "%goflags": (*Session).setGoflags, "%wasm": (*Session).wasmCell,

		"%time": (*Session).timeCell, "%timeit": (*Session).timeitCell, "%timing": (*Session).setTiming,
		"%pprof": (*Session).profileCell, "%memory": (*Session).showMemory, "%jobs": (*Session).showJobs, "%kill": (*Session).killJobs,

		"%vars": (*Session).showVars, "%list": (*Session).list, "%ls": (*Session).list, "%rm": (*Session).remove, "%remove": (*Session).remove,
		"%reset": (*Session).reset, "%save": (*Session).save, "%restore": (*Session).restore, "%export": (*Session).export,

		"%get": (*Session).get, "%pin": (*Session).pin, "%autoget": (*Session).autoget, "%noautoget": (*Session).autoget,
		"%track": (*Session).track, "%untrack": (*Session).untrack, "%goworkfix": (*Session).goworkfix,

		"!": (*Session).shell, "!*": (*Session).shell, "%%bash": (*Session).script, "%%sh": (*Session).script, "%%script": (*Session).script,
		"%%writefile": (*Session).writeFile, "%capture": (*Session).captureCell, "%env": (*Session).environment, "%cd": (*Session).changeDir,
		"%with_inputs": (*Session).withInput, "%with_password": (*Session).withInput,

		"%widgets": (*Session).widgets, "%widgets_hb": (*Session).widgets,
	}
}

// magic runs one special line.
func (s *Session) magic(ctx context.Context, p *plan, l magic.Line) *Error {
	f := handlers[l.Name]
	if f == nil {
		return plainError("Unknown", fmt.Sprintf("line %d: %s has no handler, which is our mistake", l.Line, l.Name))
	}
	err := f(s, ctx, p, l, magic.Words(l.Args))
	if err == nil {
		return nil
	}
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	return plainError("CommandError", fmt.Sprintf("line %d: %s: %v", l.Line, l.Name, err))
}

// Error implements error.
func (e *Error) Error() string { return e.EName + ": " + e.EValue }

// print writes a line to the cell's standard output.
func (s *Session) print(format string, args ...any) {
	s.outlet.Text("stdout", fmt.Sprintf(format, args...))
}

func (s *Session) markdown(text, plain string) {
	s.outlet.Display(worker.Display{Data: map[string]any{"text/markdown": text, "text/plain": plain}, Metadata: map[string]any{}})
}

func (s *Session) html(text, plain string) {
	s.outlet.Display(worker.Display{Data: map[string]any{"text/html": text, "text/plain": plain}, Metadata: map[string]any{}})
}

func (s *Session) help(_ context.Context, _ *plan, _ magic.Line, words []string) error {
	if len(words) > 0 {
		name := words[0]
		if !strings.HasPrefix(name, "%") && !strings.HasPrefix(name, "!") {
			name = "%" + name
		}
		c, ok := magic.Lookup(name)
		if !ok {
			hint := "%help without an argument lists all"
			if near := magic.Nearest(name); near != "" {
				hint = "did you mean " + near + "?"
			}
			return fmt.Errorf("there is no command %q; %s", name, hint)
		}
		s.markdown("`"+c.Usage()+"` "+c.About+".", c.Usage()+"\n    "+c.About)
		return nil
	}
	const head = "Go code runs as it is; variables, functions and types live from cell to cell. `name?` at the end of a cell describes a name. Special lines, in the first column:\n\n"
	s.markdown(head+magic.Markdown(), head+magic.Plain())
	return nil
}

func (s *Session) version(context.Context, *plan, magic.Line, []string) error {
	text := fmt.Sprintf("Spikebook, built by %s; cells are compiled by %s; speaks the display protocol of GoNB %s", runtime.Version(), s.tool.ToolchainVersion(), gonbVersion)
	s.markdown(text, text)
	return nil
}

// environment is %env.
func (s *Session) environment(ctx context.Context, _ *plan, _ magic.Line, words []string) error {
	if len(words) == 1 {
		if name, value, ok := strings.Cut(words[0], "="); ok {
			words = []string{name, value}
		}
	}
	switch len(words) {
	case 0:
		for _, name := range s.envNames() {
			s.print("%s=%q\n", name, s.commands.set[name])
		}
		return nil
	case 1:
		s.print("%s=%q\n", words[0], s.getenv(words[0]))
		return nil
	case 2:
	default:
		return fmt.Errorf("%d arguments, want a name and a value; put a value with blanks into double quotes", len(words))
	}
	name, value := words[0], words[1]
	if name == "" || strings.ContainsAny(name, "=\x00") {
		return fmt.Errorf("%q is no name of a variable", name)
	}
	s.commands.set[name] = value
	s.setEnv(ctx, name+"="+value)
	s.print("Set: %s=%q\n", name, value)
	return nil
}

// changeDir is %cd.
func (s *Session) changeDir(ctx context.Context, _ *plan, _ magic.Line, words []string) error {
	if len(words) == 0 {
		s.print("Current directory: %q\n", s.dir)
		return nil
	}
	if len(words) > 1 {
		return fmt.Errorf("%d arguments, want one folder; put a name with blanks into double quotes", len(words))
	}
	dir := filepath.Clean(s.path(words[0]))
	if info, err := os.Stat(dir); err != nil {
		return err
	} else if !info.IsDir() {
		return fmt.Errorf("%s is no folder", dir)
	}
	s.mu.Lock()
	s.dir = dir
	s.mu.Unlock()
	if m := s.commands.module; m != nil {
		m.SetWorkDir(dir)
	}
	s.setEnv(ctx, "PWD="+dir, "GONB_DIR="+dir)
	if w, err := s.live(ctx); err == nil {
		if err := w.Ask(ctx, wire.AskChdir, dir, nil); err != nil {
			return err
		}
	}
	s.print("Changed directory to %q\n", dir)
	return nil
}

// setMode is %mode.
func (s *Session) setMode(_ context.Context, p *plan, _ magic.Line, words []string) error {
	names := map[mode]string{liveMode: "live", programMode: "program"}
	if len(words) == 0 {
		s.print("mode %s\n", names[s.commands.mode])
		return nil
	}
	switch words[0] {
	case "live":
		s.commands.mode, p.program = liveMode, nil
	case "program", "gonb":
		s.commands.mode = programMode
		if p.program == nil {
			p.program = &program{}
		}
	default:
		return fmt.Errorf("%q, want live or program", words[0])
	}
	return nil
}

// track is %track.
func (s *Session) track(_ context.Context, _ *plan, _ magic.Line, words []string) error {
	s.autoTrack()
	for _, w := range words {
		name := s.path(w)
		if _, err := os.Stat(name); err != nil {
			return err
		}
		if !slices.Contains(s.commands.tracked, name) {
			s.commands.tracked = append(s.commands.tracked, name)
			s.print("\tTracking %q\n", name)
		}
	}
	if len(words) > 0 {
		return nil
	}
	if len(s.commands.tracked) == 0 {
		s.html("<b>No files or directory being tracked yet</b>\n", "No files or directory being tracked yet")
		return nil
	}
	text, plain := "<b>List of files/directories being tracked:</b>\n<ul>\n", "List of files/directories being tracked:\n"
	for _, name := range s.commands.tracked {
		text += "<li>" + html.EscapeString(name) + "</li>\n"
		plain += "  " + name + "\n"
	}
	s.html(text+"</ul>\n", plain)
	return nil
}

// autoTrack adds the local folders that go.mod and go.work name.
func (s *Session) autoTrack() {
	if s.commands.module == nil {
		return
	}
	for _, dir := range s.commands.module.LocalDirs() {
		if !slices.Contains(s.commands.tracked, dir) {
			s.commands.tracked = append(s.commands.tracked, dir)
		}
	}
}

// untrack is %untrack.
func (s *Session) untrack(_ context.Context, _ *plan, _ magic.Line, words []string) error {
	if len(words) == 0 {
		s.commands.tracked = nil
		return nil
	}
	for _, w := range words {
		prefix, all := strings.CutSuffix(w, "...")
		name := s.path(prefix)
		if all && strings.HasSuffix(prefix, "/") {
			name += "/"
		}
		before := len(s.commands.tracked)
		s.commands.tracked = slices.DeleteFunc(s.commands.tracked, func(t string) bool { return t == name || all && strings.HasPrefix(t, name) })
		if len(s.commands.tracked) == before {
			return fmt.Errorf("%q is not tracked", w)
		}
		s.print("\tUntracked %q\n", w)
	}
	return nil
}

// widgets is %widgets and %widgets_hb.
func (s *Session) widgets(ctx context.Context, _ *plan, l magic.Line, _ []string) error {
	w, err := s.live(ctx)
	if err != nil {
		return err
	}
	if l.Name == "%widgets" {
		w.InstallBrowser()
		return nil
	}
	if w.Heartbeat(time.Second) {
		s.html("Heartbeat pong received back.", "Heartbeat pong received back.")
		return nil
	}
	s.html("Timed-out, no heartbeat pong received. Try installing front-end websockets with %widgets ?", "no heartbeat came back")
	return nil
}
