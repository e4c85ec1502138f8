package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spikebook/spikebook/kernel/gotool"
	"github.com/spikebook/spikebook/kernel/notebook"
	"github.com/spikebook/spikebook/kernel/session"
)

func script(ctx context.Context, e environment, args []string) error {
	fs := flags(e, "script", `
Writes a notebook as one Go program, without running it: declarations by
themselves, the statements of all cells in func main, special lines left out.
A dash reads the notebook from standard input.`)
	out := fs.String("out", "", "write a module, with go.mod, into `FOLDER` instead of the program to standard output")
	if err := parse(fs, args, true); err != nil {
		return err
	}
	if fs.NArg() != 1 {
		fmt.Fprintf(e.stderr, "spikebook script: %d notebooks named, want one\n", fs.NArg())
		return errUsage
	}
	nb, dir, err := readNotebook(fs.Arg(0))
	if err != nil {
		return err
	}
	var cells []string
	for _, c := range nb.Cells {
		if c.Type == "code" {
			cells = append(cells, c.Source)
		}
	}
	tool, err := gotool.Open(ctx, gotool.Options{})
	if err != nil {
		return err
	}
	p := newProgress(e.stderr)
	err = tool.Warm(ctx, p.show)
	p.end(err)
	if err != nil {
		return err
	}
	to := *out
	if to == "" {
		if to, err = os.MkdirTemp("", "spikebook-script-*"); err != nil {
			return err
		}
		defer os.RemoveAll(to)
	} else if to, err = filepath.Abs(to); err != nil {
		return err
	}
	s := session.New(session.Options{Tool: tool, Dir: dir, Pinned: pinnedIn(nb)})
	defer s.Close()
	if err := s.Script(ctx, cells, to); err != nil {
		return err
	}
	if *out != "" {
		return nil
	}
	text, err := os.ReadFile(filepath.Join(to, "main.go"))
	if err == nil {
		_, err = e.stdout.Write(text)
	}
	return err
}

// readNotebook reads a file, or standard input if name is a dash, and tells the
// folder in which the notebook lives.
func readNotebook(name string) (nb *notebook.Notebook, dir string, err error) {
	if name == "-" {
		raw, err := io.ReadAll(os.Stdin)
		if err != nil {
			return nil, "", err
		}
		if dir, err = os.Getwd(); err != nil {
			return nil, "", err
		}
		nb, err = notebook.Parse(raw)
		return nb, dir, err
	}
	if dir, err = filepath.Abs(filepath.Dir(name)); err != nil {
		return nil, "", err
	}
	nb, err = notebook.Read(name)
	return nb, dir, err
}
