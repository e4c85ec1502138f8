package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spikebook/spikebook/kernel/gotool"
)

func install(ctx context.Context, e environment, args []string) error {
	fs := flags(e, "install", `
Writes the kernelspec, so that Jupyter offers Go notebooks, and compiles the
standard library and the toolkit once in the form that cells need. It needs
neither Python nor Jupyter. Installing again replaces what is there.`)
	user := fs.Bool("user", false, "for this user (default)")
	prefix := fs.String("prefix", "", "into `FOLDER`/share/jupyter, for example a virtual environment")
	sysPrefix := fs.Bool("sys-prefix", false, "into the active virtual environment ($VIRTUAL_ENV or $CONDA_PREFIX)")
	name := fs.String("name", defaultName, "kernel `name`, as notebooks refer to it")
	display := fs.String("display-name", defaultDisplay, "`text` shown to people")
	compat := fs.String("compat", "", "also install a kernel `gonb`, whose cells are programs of their own as in GoNB, so that notebooks made there open with it; the only value is gonb")
	noWarm := fs.Bool("no-warm", false, "leave the build cache as it is; the first cell then takes longer")
	if err := parse(fs, args, false); err != nil {
		return err
	}
	if *compat != "" && *compat != gonbName {
		return fmt.Errorf("--compat is %q, want gonb", *compat)
	}
	chosen := 0
	for _, b := range []bool{*user, *prefix != "", *sysPrefix} {
		if b {
			chosen++
		}
	}
	if chosen > 1 {
		return errors.New("give one of --user, --prefix and --sys-prefix")
	}
	var dataDir string
	var err error
	switch {
	case *prefix != "":
		if dataDir, err = filepath.Abs(*prefix); err != nil {
			return err
		}
		dataDir = filepath.Join(dataDir, "share", "jupyter")
	case *sysPrefix:
		p := e.getenv("VIRTUAL_ENV")
		if p == "" {
			p = e.getenv("CONDA_PREFIX")
		}
		if p == "" {
			return errors.New("--sys-prefix: no virtual environment is active; activate one, or name it with --prefix")
		}
		dataDir = filepath.Join(p, "share", "jupyter")
	default:
		if dataDir, err = userDataDir(e.getenv); err != nil {
			return fmt.Errorf("no place for a user's kernels: %w; name one with --prefix", err)
		}
	}
	spec, err := newSpec(*display, e)
	if err != nil {
		return err
	}
	dir, err := spec.write(dataDir, *name)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "kernel %q (%s) installed in %s\n", *name, *display, dir)
	if *compat == gonbName || *name == gonbName {
		spec.Argv = append(spec.Argv, "--mode", "program")
		if *name != gonbName {
			spec.DisplayName = gonbDisplay
		}
		if dir, err = spec.write(dataDir, gonbName); err != nil {
			return err
		}
		fmt.Fprintf(e.stdout, "kernel %q (%s) installed in %s\n", gonbName, spec.DisplayName, dir)
	}
	if *noWarm {
		return nil
	}
	return warm(ctx, e)
}

// warm fills the build cache, with progress on standard error.
func warm(ctx context.Context, e environment) error {
	tool, err := gotool.Open(ctx, gotool.Options{})
	if err != nil {
		return err
	}
	p := newProgress(e.stderr)
	err = tool.Warm(ctx, p.show)
	p.end(err)
	return err
}
