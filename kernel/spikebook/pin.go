package main

import (
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/spikebook/spikebook/kernel/notebook"
	"github.com/spikebook/spikebook/kernel/session"
)

// pinKey is the part of a notebook's metadata that holds what %pin has written:
// {"spikebook": {"module": {"go.mod": …, "go.sum": …}}}.
const (
	pinKey    = "spikebook"
	pinModule = "module"
)

// pinnedIn finds what %pin has written into a notebook: in its metadata, where the
// runner puts it, or in the output of the last cell that pinned, where it stands
// when Jupyter has saved the notebook. Without any the result is empty.
func pinnedIn(nb *notebook.Notebook) (p session.Pinned) {
	if ours, ok := nb.Metadata[pinKey].(map[string]any); ok {
		p = pinnedOf(ours[pinModule])
	}
	for _, c := range nb.Cells {
		for _, data := range c.Bundles() {
			if found := pinnedOf(data[session.PinnedType]); found.GoMod != "" {
				p = found
			}
		}
	}
	return p
}

// pinnedOf reads the JSON value.
func pinnedOf(value any) (p session.Pinned) {
	if value == nil {
		return p
	}
	if raw, err := json.Marshal(value); err == nil {
		json.Unmarshal(raw, &p) // what does not fit is no pin
	}
	return p
}

// pinInto writes it into the metadata.
func pinInto(nb *notebook.Notebook, p session.Pinned) {
	ours, ok := nb.Metadata[pinKey].(map[string]any)
	if !ok {
		ours = map[string]any{}
	}
	ours[pinModule] = map[string]any{"go.mod": p.GoMod, "go.sum": p.GoSum}
	nb.Metadata[pinKey] = ours
}

// openNotebook reads the notebook that a Jupyter server has started this kernel
// for, or returns nil: the server names it in JPY_SESSION_NAME, a console does not.
func openNotebook(dir string, getenv func(string) string) *notebook.Notebook {
	name := getenv("JPY_SESSION_NAME")
	if filepath.Ext(name) != ".ipynb" {
		return nil
	}
	for _, file := range []string{name, filepath.Join(dir, name), filepath.Join(dir, filepath.Base(name))} {
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Size() < 256<<20 {
			if nb, err := notebook.Read(file); err == nil {
				return nb
			}
		}
	}
	return nil
}
