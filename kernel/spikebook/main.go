package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"os/user"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
)

// subcommand is one command. run gets what follows its name.
type subcommand struct {
	name  string
	args  string // as in the usage line
	about string // one line
	run   func(ctx context.Context, e environment, args []string) error
}

var commands []subcommand

func init() { // breaks the cycle with usage
	commands = []subcommand{
		{"install", "[flags]", "install the kernelspec for Jupyter and make the build cache warm", install},
		{"lab", "[flags] [FOLDER] [-- JUPYTER-ARGUMENTS]", "start JupyterLab with the kernel", lab},
		{"run", "[flags] NOTEBOOK…", "execute notebooks without Jupyter", runNotebooks},
		{"script", "[flags] NOTEBOOK", "write a notebook as a Go program", script},
		{"doctor", "[flags]", "report what is present, what is missing and what to install", doctor},
		{"version", "", "print versions", version},
		{"kernel", "--connection-file FILE", "serve a Jupyter client (Jupyter starts this)", serveKernel},
	}
}

// environment is what commands use of the process, so that tests can replace it.
type environment struct {
	stdout, stderr io.Writer
	getenv         func(string) string
	executable     func() (string, error) // this program's file
}

// errUsage ends the process with status 2; its text has been written.
var errUsage = errors.New("wrong command line")

// errReported ends the process with status 1; what failed has been written.
var errReported = errors.New("failed")

func main() {
	// Services and containers start programs without HOME, which the go command,
	// Jupyter and cells need.
	if os.Getenv("HOME") == "" {
		if u, err := user.Current(); err == nil && isDir(u.HomeDir) {
			os.Setenv("HOME", u.HomeDir)
		}
	}
	os.Exit(realMain(os.Args[1:], environment{os.Stdout, os.Stderr, os.Getenv, os.Executable}))
}

func realMain(args []string, e environment) int {
	if len(args) == 0 {
		usage(e.stderr)
		return 2
	}
	name := args[0]
	switch name {
	case "help", "-h", "-help", "--help":
		usage(e.stdout)
		return 0
	}
	for _, c := range commands {
		if c.name != name {
			continue
		}
		ctx := context.Background()
		if name != "kernel" { // the kernel has its own idea of SIGINT
			var stop context.CancelFunc
			ctx, stop = signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
			defer stop()
		}
		err := c.run(ctx, e, args[1:])
		switch {
		case err == nil || errors.Is(err, flag.ErrHelp):
			return 0
		case errors.Is(err, errUsage):
			return 2
		case errors.Is(err, errReported):
			return 1
		case errors.Is(err, context.Canceled) && ctx.Err() != nil:
			fmt.Fprintf(e.stderr, "spikebook %s: interrupted\n", name)
			return 130
		}
		fmt.Fprintf(e.stderr, "spikebook %s: %v\n", name, err)
		return 1
	}
	var names []string
	for _, c := range commands {
		names = append(names, c.name)
	}
	fmt.Fprintf(e.stderr, "spikebook: no command %q; there are %s\n", name, strings.Join(names, ", "))
	return 2
}

func usage(w io.Writer) {
	fmt.Fprintln(w, "Spikebook: Go notebooks for spiking neural networks.\n\nusage: spikebook COMMAND")
	for _, c := range commands {
		fmt.Fprintf(w, "\n  %-9s %s", c.name, c.about)
	}
	fmt.Fprintln(w, "\n\nspikebook COMMAND -h tells more.")
}

// flags returns a flag set for a command, whose -h prints the usage line,
// about and the flags.
func flags(e environment, name, about string) *flag.FlagSet {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.SetOutput(e.stderr)
	fs.Usage = func() {
		for _, c := range commands {
			if c.name == name {
				fmt.Fprintf(fs.Output(), "usage: spikebook %s %s\n\n%s\n", name, c.args, strings.TrimSpace(about))
			}
		}
		n := 0
		fs.VisitAll(func(*flag.Flag) { n++ })
		if n > 0 {
			fmt.Fprintln(fs.Output())
			fs.PrintDefaults()
		}
	}
	return fs
}

// parse reads flags; positional arguments are allowed only where wanted.
func parse(fs *flag.FlagSet, args []string, positional bool) error {
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return errUsage
	}
	if !positional && fs.NArg() > 0 {
		fmt.Fprintf(fs.Output(), "spikebook %s: unexpected argument %q; it takes flags only\n", fs.Name(), fs.Arg(0))
		return errUsage
	}
	return nil
}

func version(_ context.Context, e environment, args []string) error {
	fs := flags(e, "version", "Prints the version of this command and of the Go it was built with.")
	if err := parse(fs, args, false); err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "spikebook %s, built with %s for %s/%s\n", ownVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}

// ownVersion is the module's version, or the commit for a build from a checkout.
func ownVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return strings.TrimPrefix(v, "v")
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "devel-" + s.Value[:12]
		}
	}
	return "devel"
}
