package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/spikebook/spikebook/kernel/gotool"
)

func lab(ctx context.Context, e environment, args []string) error {
	fs := flags(e, "lab", `
Starts JupyterLab on FOLDER with the kernel as default. Without FOLDER it
opens the tutorials: ./notebooks if there is one, else those of the module.
JupyterLab is looked for in $VIRTUAL_ENV, in ./.venv and in PATH; what follows
"--" is passed on to it. The kernel need not be installed for this.`)
	if err := parse(fs, args, true); err != nil {
		return err
	}
	folder, rest, err := splitLabArgs(args[len(args)-fs.NArg():], args)
	if err != nil {
		return err
	}
	program, err := findLab(e.getenv)
	if err != nil {
		return err
	}
	tool, err := gotool.Open(ctx, gotool.Options{})
	if err != nil {
		return err
	}
	if folder == "" {
		folder = tutorials(tool.ModuleDir())
	}
	if folder, err = filepath.Abs(folder); err != nil {
		return err
	}
	if !isDir(folder) {
		return fmt.Errorf("%s is not a folder; name one that holds notebooks", folder)
	}
	p := newProgress(e.stderr)
	err = tool.Warm(ctx, p.show)
	p.end(err)
	if err != nil {
		return err
	}

	// A kernelspec of our own, found before all others: it starts this very
	// binary, whatever is installed.
	spec, err := newSpec(defaultDisplay, e)
	if err != nil {
		return err
	}
	data := filepath.Join(tool.CacheDir(), "jupyter")
	if _, err := spec.write(data, defaultName); err != nil {
		return err
	}
	path := data
	if more := e.getenv("JUPYTER_PATH"); more != "" {
		path += string(filepath.ListSeparator) + more
	}
	env := slices.DeleteFunc(os.Environ(), func(kv string) bool { return strings.HasPrefix(kv, "JUPYTER_PATH=") })
	env = append(env, "JUPYTER_PATH="+path)
	argv := append([]string{program}, labArgs(folder)...)
	argv = append(argv, rest...)
	fmt.Fprintf(e.stderr, "starting %s on %s\n", program, folder)
	if err := syscall.Exec(program, argv, env); err != nil { // on success there is no return
		return fmt.Errorf("%s: %w; install JupyterLab again", program, err)
	}
	return nil
}

// labArgs are our settings of the Jupyter server; arguments that follow win.
func labArgs(folder string) []string {
	args := []string{
		"--ServerApp.root_dir=" + folder,
		"--MultiKernelManager.default_kernel_name=" + defaultName,
		// Nothing is fetched from outside: tutorials work offline.
		"--LabApp.news_url=", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
	}
	if os.Geteuid() == 0 {
		// In a container or on a hosted machine there may be no other user;
		// Jupyter would refuse to start.
		args = append(args, "--allow-root")
	}
	return args
}

// splitLabArgs takes apart what follows the flags: a folder, then after "--"
// JupyterLab's own arguments. The flag package swallows a leading "--".
func splitLabArgs(rest, all []string) (folder string, jupyter []string, err error) {
	if n := len(all) - len(rest); n > 0 && all[n-1] == "--" {
		return "", rest, nil
	}
	for i, a := range rest {
		if a == "--" {
			jupyter = rest[i+1:]
			rest = rest[:i]
			break
		}
	}
	if len(rest) > 1 {
		return "", nil, fmt.Errorf("one folder at most, got %s; arguments of JupyterLab come after --", strings.Join(rest, " "))
	}
	if len(rest) == 1 {
		folder = rest[0]
	}
	return folder, jupyter, nil
}

// findLab finds jupyter-lab.
func findLab(getenv func(string) string) (string, error) {
	for _, p := range environmentPrefixes(getenv) {
		if name := filepath.Join(p, "bin", "jupyter-lab"); isExecutable(name) {
			return name, nil
		}
	}
	if name, err := exec.LookPath("jupyter-lab"); err == nil {
		return filepath.Abs(name)
	}
	return "", errors.New("JupyterLab is neither in $VIRTUAL_ENV, ./.venv nor PATH; install it with\n" +
		"\tpython3 -m venv .venv && .venv/bin/pip install jupyterlab\n" +
		"or execute notebooks without it: spikebook run NOTEBOOK.ipynb")
}

// tutorials is the folder that lab opens when none is named.
func tutorials(module string) string {
	for _, d := range []string{"notebooks", filepath.Join(module, "notebooks")} {
		if isDir(d) {
			return d
		}
	}
	return "."
}
