package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/spikebook/spikebook/kernel/magic"
	"github.com/spikebook/spikebook/kernel/worker"
)

// inputAfter is how long a shell command that may ask stays silent before the
// person is asked for a line.
const inputAfter = 200 * time.Millisecond

// shell runs a command as ! lines do: in the notebook's folder, or with !* in that
// of its go.mod, its output streamed like that of a cell.
func (s *Session) shell(ctx context.Context, p *plan, l magic.Line, _ []string) error {
	dir := s.dir
	if m := s.commands.module; m != nil {
		if _, err := s.writeMain(ctx, nil); err != nil {
			s.log("main.go is not written: %v", err)
		}
		if l.Name == "!*" {
			dir = m.Dir()
		}
	}
	cmd := exec.Command(shellName(), "-c", l.Args)
	cmd.Dir = dir
	inputs := p.inputs
	p.inputs = noInput
	err := s.command(ctx, cmd, inputs)
	s.autoTrack()
	return s.shellEnd(l.Name+l.Args, err)
}

func shellName() string {
	if _, err := exec.LookPath("bash"); err != nil {
		return "sh"
	}
	return "bash"
}

// shellEnd judges how a command ended. In a live notebook one that fails fails the
// cell, so that a notebook does not go on without what it should have done; GoNB
// prints the status and goes on.
func (s *Session) shellEnd(line string, err error) error {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &exit):
		if s.commands.mode == programMode && !errors.Is(err, context.Canceled) {
			s.outlet.Text("stderr", exit.Error()+"\n")
			return nil
		}
		return plainError("ShellError", fmt.Sprintf("%v: %s", exit, line))
	}
	return plainError("ShellError", fmt.Sprintf("%s: %v", line, err))
}

// command runs a command with the cells' environment. With inputs it asks the
// person for a line whenever the command has been silent for a while.
func (s *Session) command(ctx context.Context, cmd *exec.Cmd, inputs int) error {
	s.mu.Lock()
	cmd.Env = s.env
	j := s.job
	s.mu.Unlock()
	if inputs == noInput {
		return s.outlet.Command(ctx, cmd)
	}
	if j == nil || j.ask == nil {
		return errors.New("this front end does not accept input; run the notebook where somebody can answer, such as JupyterLab")
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("no pipe: %w", err)
	}
	cmd.Stdin = reader
	over, cancel := context.WithCancel(ctx)
	var asking sync.WaitGroup
	var mu sync.Mutex
	last := time.Now()
	s.outlet.Tap(func(string, string, *worker.Display) {
		mu.Lock()
		defer mu.Unlock()
		last = time.Now()
	})
	asking.Go(func() {
		defer writer.Close()
		tick := time.NewTicker(inputAfter / 4)
		defer tick.Stop()
		for {
			select {
			case <-over.Done():
				return
			case <-tick.C:
			}
			mu.Lock()
			quiet := time.Since(last) > inputAfter
			mu.Unlock()
			if !quiet {
				continue
			}
			text, err := j.ask(over, "", inputs == withPassword)
			if err != nil {
				return // nobody answers any more
			}
			if _, err := io.WriteString(writer, text+"\n"); err != nil {
				return
			}
			mu.Lock()
			last = time.Now()
			mu.Unlock()
		}
	})
	err = s.outlet.Command(ctx, cmd)
	reader.Close()
	cancel()
	asking.Wait()
	s.outlet.Tap(nil)
	return err
}

// withInput is %with_inputs and %with_password.
func (s *Session) withInput(_ context.Context, p *plan, l magic.Line, _ []string) error {
	p.inputs = withInput
	if l.Name == "%with_password" {
		p.inputs = withPassword
	}
	return nil
}

// script is %%bash, %%sh and %%script: the rest of the cell is the input of a
// command.
func (s *Session) script(ctx context.Context, _ *plan, l magic.Line, words []string) error {
	line := l.Args
	switch l.Name {
	case "%%bash", "%%sh":
		line = strings.TrimSpace(l.Name[2:] + " " + l.Args)
	default:
		if len(words) == 0 {
			return errors.New("no command; write %%script bc, for example")
		}
	}
	if _, err := s.writeMain(ctx, nil); err != nil {
		s.log("main.go is not written: %v", err)
	}
	cmd := exec.Command(shellName(), "-c", line)
	cmd.Dir = s.dir
	cmd.Stdin = strings.NewReader(l.Body)
	return s.shellEnd(l.Name+" "+l.Args, s.command(ctx, cmd, noInput))
}

// writeFile is %%writefile.
func (s *Session) writeFile(_ context.Context, _ *plan, l magic.Line, words []string) error {
	flag, done := os.O_TRUNC, "written to"
	if len(words) > 0 && words[0] == "-a" {
		flag, done, words = os.O_APPEND, "appended to", words[1:]
	}
	if len(words) != 1 {
		return fmt.Errorf("%d names, want one file; put a name with blanks into double quotes", len(words))
	}
	name := s.path(words[0])
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|flag, 0o644)
	if err != nil {
		return err
	}
	_, err = io.WriteString(f, l.Body)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	s.outlet.Text("stderr", fmt.Sprintf("Cell contents %s %q.\n", done, name))
	return nil
}

// A capture collects what a cell shows.
type capture struct {
	file     *os.File
	variable string
	mu       sync.Mutex
	text     strings.Builder
}

// captureCell is %capture.
func (s *Session) captureCell(_ context.Context, p *plan, l magic.Line, words []string) error {
	flag := os.O_TRUNC
	if len(words) > 1 && words[0] == "-a" {
		flag, words = os.O_APPEND, words[1:]
	}
	if len(words) != 1 {
		return fmt.Errorf("%d names, want one file or variable", len(words))
	}
	c := &capture{}
	if name := words[0]; flag == os.O_TRUNC && identifier.MatchString(name) && s.commands.mode == liveMode {
		c.variable = name
	} else {
		f, err := os.OpenFile(s.path(name), os.O_CREATE|os.O_WRONLY|flag, 0o644)
		if err != nil {
			return err
		}
		c.file = f
	}
	p.capture = c
	s.outlet.Tap(c.see)
	return nil
}

// see takes what is published: text, and the text that a display has.
func (c *capture) see(_, text string, d *worker.Display) {
	if d != nil {
		for _, kind := range []string{"text/plain", "text/markdown", "text/html", "text/latex"} {
			t, ok := d.Data[kind].(string)
			if ok && !(kind == "text/plain" && strings.HasPrefix(t, "[") && len(d.Data) > 1) {
				text = t
				break
			}
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.file != nil {
		io.WriteString(c.file, text)
		return
	}
	c.text.WriteString(text)
}

// endCapture closes the file, or makes the variable.
func (s *Session) endCapture(ctx context.Context, p *plan) *Error {
	c := p.capture
	s.outlet.Tap(nil)
	if c.file != nil {
		if err := c.file.Close(); err != nil {
			return plainError("CommandError", err.Error())
		}
		return nil
	}
	c.mu.Lock()
	text := c.text.String()
	c.mu.Unlock()
	return s.quietly(ctx, p.count, fmt.Sprintf("var %s string = %q", c.variable, text))
}

// quietly runs a cell of the kernel's own that declares something.
func (s *Session) quietly(ctx context.Context, count int, text string) *Error {
	built, err := s.compiler.Build(context.WithoutCancel(ctx), count, "", text)
	if err != nil {
		return buildError(err)
	}
	result := Result{}
	s.run(context.WithoutCancel(ctx), count, &plan{count: count, text: text}, built, &result)
	return result.Err
}
