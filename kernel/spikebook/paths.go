package main

import (
	"os"
	"path/filepath"
	"runtime"
)

// userDataDir is where Jupyter looks for a user's kernels, without asking it.
func userDataDir(getenv func(string) string) (string, error) {
	if d := getenv("JUPYTER_DATA_DIR"); d != "" {
		return d, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	if runtime.GOOS == "darwin" {
		return filepath.Join(home, "Library", "Jupyter"), nil
	}
	if d := getenv("XDG_DATA_HOME"); d != "" {
		return filepath.Join(d, "jupyter"), nil
	}
	return filepath.Join(home, ".local", "share", "jupyter"), nil
}

// environmentPrefixes lists the virtual environments in use: those that venv
// and conda have activated, and a .venv in the current folder.
func environmentPrefixes(getenv func(string) string) (prefixes []string) {
	for _, name := range []string{"VIRTUAL_ENV", "CONDA_PREFIX"} {
		if d := getenv(name); d != "" {
			prefixes = append(prefixes, d)
		}
	}
	if d, err := filepath.Abs(".venv"); err == nil && isDir(d) {
		prefixes = append(prefixes, d)
	}
	return prefixes
}

// dataDirs lists where Jupyter looks, in its order.
func dataDirs(getenv func(string) string) []string {
	dirs := filepath.SplitList(getenv("JUPYTER_PATH"))
	if d, err := userDataDir(getenv); err == nil {
		dirs = append(dirs, d)
	}
	for _, p := range environmentPrefixes(getenv) {
		dirs = append(dirs, filepath.Join(p, "share", "jupyter"))
	}
	return append(dirs, "/usr/local/share/jupyter", "/usr/share/jupyter")
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

func isExecutable(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}
