package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/spikebook/spikebook/kernel/notebook"
	"github.com/spikebook/spikebook/kernel/session"
)

func TestPinnedVersionsAreFoundInANotebook(t *testing.T) {
	const inMetadata = `{"cells": [], "metadata": {"spikebook": {"module": {"go.mod": "module notebook\n", "go.sum": "s"}, "other": 1}}, "nbformat": 4, "nbformat_minor": 5}`
	const inOutput = `{"cells": [{"cell_type": "code", "id": "a", "metadata": {}, "source": "%pin", "execution_count": 1, "outputs": [
		{"output_type": "display_data", "metadata": {}, "data": {"text/plain": "pinned", "` + session.PinnedType + `": {"go.mod": "module newer\n", "go.sum": ""}}}]}],
		"metadata": {"spikebook": {"module": {"go.mod": "module older\n", "go.sum": ""}}}, "nbformat": 4, "nbformat_minor": 5}`
	const wrong = `{"cells": [], "metadata": {"spikebook": {"module": [1, 2]}}, "nbformat": 4, "nbformat_minor": 5}`
	for text, want := range map[string]session.Pinned{
		inMetadata: {GoMod: "module notebook\n", GoSum: "s"},
		inOutput:   {GoMod: "module newer\n"},
		wrong:      {},
	} {
		nb, err := notebook.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		got := pinnedIn(nb)
		if got != want {
			t.Errorf("pinned %+v, want %+v", got, want)
		}
		pinInto(nb, session.Pinned{GoMod: "m"})
		if text == inMetadata {
			if ours := nb.Metadata[pinKey].(map[string]any); fmt.Sprint(ours["other"]) != "1" {
				t.Errorf("what else the metadata holds is lost: %v", ours)
			}
		}
	}

	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.ipynb"), []byte(inMetadata), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, found := range map[string]bool{filepath.Join(dir, "a.ipynb"): true, "a.ipynb": true, "sub/a.ipynb": true, "b.ipynb": false, "a.txt": false, "": false} {
		nb := openNotebook(dir, func(string) string { return name })
		if (nb != nil) != found {
			t.Errorf("%q: notebook %v", name, nb)
		}
	}
}

func TestInstallWithGonb(t *testing.T) {
	dir := t.TempDir()
	e := environment{stdout: devNull(t), stderr: devNull(t), getenv: func(string) string { return "" }, executable: func() (string, error) { return "/opt/spikebook", nil }}
	if code := realMain([]string{"install", "--prefix", dir, "--no-warm", "--compat", "gonb"}, e); code != 0 {
		t.Fatalf("status %d", code)
	}
	data := filepath.Join(dir, "share", "jupyter")
	for name, program := range map[string]bool{defaultName: false, gonbName: true} {
		spec, ok := readSpec(data, name)
		if !ok {
			t.Errorf("no kernel %s", name)
			continue
		}
		if last := spec.Argv[len(spec.Argv)-1]; (last == "program") != program {
			t.Errorf("%s starts %v", name, spec.Argv)
		}
	}
	if code := realMain([]string{"install", "--prefix", dir, "--no-warm", "--compat", "jupyter"}, e); code == 0 {
		t.Error("--compat jupyter is accepted")
	}
}

func devNull(t *testing.T) *os.File {
	f, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}
