package session

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"

	"github.com/spikebook/spikebook/kernel/cell"
	"github.com/spikebook/spikebook/kernel/worker"
)

// magic runs one special line. Package cell has checked that it exists.
func (s *Session) magic(ctx context.Context, m cell.Magic) *Error {
	switch m.Name {
	case "!":
		return s.shell(ctx, m)
	case "%help":
		s.markdown("Go code runs as it is; variables, functions and types live from cell to cell. Special lines, " +
			"in the first column:\n\n" + cell.MagicHelp())
	case "%version":
		s.markdown(fmt.Sprintf("Spikebook, built by %s; cells are compiled by %s", runtime.Version(), s.tool.ToolchainVersion()))
	default:
		return plainError("Unknown", fmt.Sprintf("line %d: %s is not implemented", m.Line, m.Name))
	}
	return nil
}

func (s *Session) markdown(text string) {
	s.outlet.Display(worker.Display{Data: map[string]any{"text/markdown": text, "text/plain": text}})
}

// shell runs a command as `!` lines do: in the notebook's directory, its output
// streamed like that of a cell. A command that fails fails the cell, so that a
// notebook does not go on without what the command should have done.
func (s *Session) shell(ctx context.Context, m cell.Magic) *Error {
	shell := "bash"
	if _, err := exec.LookPath(shell); err != nil {
		shell = "sh"
	}
	cmd := exec.Command(shell, "-c", m.Args)
	cmd.Dir, cmd.Env = s.dir, s.env
	err := s.outlet.Command(ctx, cmd)
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &exit):
		return plainError("ShellError", fmt.Sprintf("%v: !%s", exit, m.Args))
	}
	return plainError("ShellError", fmt.Sprintf("!%s: %v", m.Args, err))
}
