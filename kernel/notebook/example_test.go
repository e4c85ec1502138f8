package notebook_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spikebook/spikebook/kernel/notebook"
)

// shouter is a session whose cells mean themselves, loudly.
type shouter struct{}

func (shouter) Execute(_ context.Context, r notebook.Request, out notebook.Output) notebook.Result {
	out.Stream("stdout", strings.ToUpper(r.Code)+"\n")
	return notebook.Result{Value: &notebook.Display{Data: map[string]any{"text/plain": fmt.Sprint(len(r.Code))}}}
}

func (shouter) Close() error { return nil }

// A notebook is executed in place, in a session of our own.
func Example() {
	dir, err := os.MkdirTemp("", "notebook")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "hello.ipynb")
	source := `{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
		{"cell_type": "code", "id": "greet", "metadata": {}, "source": "hello", "outputs": [], "execution_count": null}]}`
	if err := os.WriteFile(path, []byte(source), 0o666); err != nil {
		fmt.Println(err)
		return
	}

	err = notebook.Run(context.Background(), notebook.Options{
		Files:      []string{path},
		HTML:       true,
		NewSession: func(string) (notebook.Session, error) { return shouter{}, nil },
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	nb, err := notebook.Read(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, out := range nb.Cells[0].Outputs {
		fmt.Println(out["output_type"], out["text"], out["data"])
	}
	// Output:
	// stream HELLO
	//  <nil>
	// execute_result <nil> map[text/plain:5]
}
