package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spikebook/spikebook/kernel/comm"
	"github.com/spikebook/spikebook/kernel/gotool"
	"github.com/spikebook/spikebook/kernel/jupyter"
	"github.com/spikebook/spikebook/kernel/notebook"
	"github.com/spikebook/spikebook/kernel/session"
	"github.com/spikebook/spikebook/kernel/worker"
)

func runNotebooks(ctx context.Context, e environment, args []string) error {
	fs := flags(e, "run", `
Executes notebooks without Jupyter, each with variables of its own, and writes
the executed notebooks. A notebook stops at its first error; the others run.`)
	out := fs.String("out", "", "write results to `FOLDER` instead of over the notebooks")
	mode := fs.String("mode", "", "`live` or program; default: program for notebooks that ask for the kernel gonb, else live")
	html := fs.Bool("html", false, "also write each notebook as one HTML page")
	timeout := fs.Duration("timeout", 0, "longest `time` for one cell, such as 5m; 0 means no limit")
	verbose := fs.Bool("v", false, "log what the kernel does")
	if err := parse(fs, args, true); err != nil {
		return err
	}
	if fs.NArg() == 0 {
		fmt.Fprintln(e.stderr, "spikebook run: no notebook named; give one or more .ipynb files")
		return errUsage
	}
	for _, a := range fs.Args() {
		if strings.HasPrefix(a, "-") {
			fmt.Fprintf(e.stderr, "spikebook run: %s stands after a notebook; flags come first\n", a)
			return errUsage
		}
	}
	if *mode != "" && *mode != "live" && *mode != "program" {
		fmt.Fprintf(e.stderr, "spikebook run: --mode is %q, want live or program\n", *mode)
		return errUsage
	}
	if *timeout < 0 {
		fmt.Fprintf(e.stderr, "spikebook run: --timeout is %s, want more than 0, or 0 for no limit\n", *timeout)
		return errUsage
	}
	log := jupyter.Logf(func(string, ...any) {})
	if *verbose {
		log = logger(e.stderr)
	}
	tool, err := gotool.Open(ctx, gotool.Options{Log: log})
	if err != nil {
		return err
	}
	p := newProgress(e.stderr)
	err = tool.Warm(ctx, p.show)
	p.end(err)
	if err != nil {
		return err
	}
	return notebook.Run(ctx, notebook.Options{
		Files: fs.Args(), OutDir: *out, HTML: *html, Timeout: *timeout, Log: e.stderr, GoVersion: strings.TrimPrefix(tool.GoVersion(), "go"),
		NewSession: func(dir string) (notebook.Session, error) {
			return notebookSession{session.New(session.Options{Tool: tool, Dir: dir, Limits: &worker.NoLimits, Log: log}), &widgetStates{}}, nil
		},
		Prepare: func(s notebook.Session, nb *notebook.Notebook) {
			own := s.(notebookSession).s
			if *mode == "program" || *mode == "" && nb.Kernel() == gonbName {
				own.RunPrograms()
			}
			if p := pinnedIn(nb); p.GoMod != "" {
				if err := own.Restore(p); err != nil {
					fmt.Fprintf(e.stderr, "spikebook run: the notebook's pinned versions are not used: %v\n", err)
				}
			}
		},
		Finish: func(s notebook.Session, nb *notebook.Notebook) {
			s.(notebookSession).widgets.into(nb)
			if p := pinnedIn(nb); p.GoMod != "" {
				pinInto(nb, p)
			}
		},
	})
}

// notebookSession is a session as package notebook knows it.
type notebookSession struct {
	s       *session.Session
	widgets *widgetStates
}

func (n notebookSession) Execute(ctx context.Context, q notebook.Request, out notebook.Output) notebook.Result {
	request := func(q notebook.Request) session.Request {
		return session.Request{Code: q.Code, CellID: q.ID, Count: q.Count}
	}
	r := request(q)
	if q.Next != nil {
		r.Coming = func() (session.Request, bool) { return request(*q.Next), true }
	}
	return notebookResult(n.s.Execute(ctx, r, notebookOutput{out, n.widgets}))
}

func notebookResult(res session.Result) notebook.Result {
	var r notebook.Result
	if res.Value != nil {
		d := notebook.Display(*res.Value)
		r.Value = &d
	}
	if res.Err != nil {
		r.Err = &notebook.Error{Name: res.Err.EName, Value: res.Err.EValue, Traceback: res.Err.Traceback}
	}
	return r
}

func (n notebookSession) Close() error { return n.s.Close() }

// notebookOutput is a notebook.Output as the worker knows it.
type notebookOutput struct {
	notebook.Output
	widgets *widgetStates
}

func (o notebookOutput) Display(d worker.Display) { o.Output.Display(notebook.Display(d)) }

func (o notebookOutput) Comm(m comm.Message) { o.widgets.take(m) }
