package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/spikebook/spikebook/kernel/jupyter"
)

func serveKernel(ctx context.Context, e environment, args []string) error {
	fs := flags(e, "kernel", `
Serves the clients of a Jupyter connection file until one of them asks for a
shutdown or the process that started it is gone. Jupyter starts it.

Standard error gets warnings only. What the kernel does beside that is logged
where --log or the environment variable SPIKEBOOK_LOG say.`)
	file := fs.String("connection-file", "", "`FILE` that Jupyter has written; required")
	logFile := fs.String("log", e.getenv("SPIKEBOOK_LOG"), "append the log to `FILE`; stderr means standard error")
	mode := fs.String("mode", "live", "`live`: variables live from cell to cell; program: each cell is a program, as in GoNB")
	trace := fs.Bool("trace", false, "log what each stage makes of a cell, on standard error unless --log is given")
	if err := parse(fs, args, false); err != nil {
		return err
	}
	if *file == "" {
		fmt.Fprintln(e.stderr, "spikebook kernel: --connection-file is required; Jupyter gives it, people use spikebook lab")
		return errUsage
	}
	if *mode != "live" && *mode != "program" {
		fmt.Fprintf(e.stderr, "spikebook kernel: --mode is %q, want live or program\n", *mode)
		return errUsage
	}
	to := e.stderr
	if *logFile == "" && *trace {
		*logFile = "stderr"
	}
	if *logFile != "" && *logFile != "stderr" {
		f, err := os.OpenFile(*logFile, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			return fmt.Errorf("--log: %w", err)
		}
		defer f.Close()
		to = f
	}
	log := logger(to)
	note := jupyter.Logf(func(string, ...any) {})
	if *logFile != "" {
		note = log
	}

	// A terminal's Ctrl-C reaches the whole process group, and old clients
	// send SIGINT: it interrupts the cell and never ends the kernel (P-30).
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()

	conn, err := jupyter.ReadConnection(*file)
	if err != nil {
		return err
	}
	dir, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("notebook's folder: %w; it may have been deleted", err)
	}
	b := newBackend(dir, *trace, note)
	b.program = *mode == "program"
	go b.start()
	k, err := jupyter.NewKernel(jupyter.Options{Connection: conn, Evaluator: b, Version: ownVersion(), GoVersion: b.goVersion,
		History: jupyter.HistoryFile(os.Getenv), Log: log})
	if err != nil {
		return errors.Join(err, b.Close())
	}
	if k.Connection() != conn { // ports were left to us
		if err := k.Connection().Write(*file); err != nil {
			log("connection file: %v", err)
		}
	}
	ctx, orphaned := context.WithCancel(ctx)
	defer orphaned()
	gone := jupyter.WatchParent(ctx)
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-interrupts:
				k.Interrupt()
			case <-gone:
				log("the process that started this kernel is gone; shutting down")
				orphaned()
				return
			}
		}
	}()
	return k.Run(ctx)
}

// logger writes lines with the time of day; several goroutines may use it.
func logger(w io.Writer) jupyter.Logf {
	var mu sync.Mutex
	return func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(w, "[spikebook %s] %s\n", time.Now().Format("15:04:05.000"), fmt.Sprintf(format, args...))
	}
}
