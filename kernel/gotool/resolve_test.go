package gotool

import (
	"context"
	"errors"
	"go/types"
	"strings"
	"sync"
	"testing"
)

func TestImporterGivesOnePackagePerPath(t *testing.T) {
	tool, ctx := warm(t), context.Background()
	if err := tool.Resolve(ctx, []string{"io", "os", "fmt", "unsafe"}); err != nil {
		t.Fatal(err)
	}
	imp := tool.Importer()
	io, err := imp.Import("io")
	if err != nil {
		t.Fatal(err)
	}
	// os.File must implement io.Writer although both were read apart, and the io
	// that a package resolved later refers to must be the same one.
	os, err := imp.Import("os")
	if err != nil {
		t.Fatal(err)
	}
	writer := io.Scope().Lookup("Writer").Type().Underlying().(*types.Interface)
	if !types.Implements(types.NewPointer(os.Scope().Lookup("File").Type()), writer) {
		t.Error("*os.File does not implement io.Writer")
	}
	later := "gonum.org/v1/gonum/graph/encoding/dot"
	if err := tool.Resolve(ctx, []string{later, "text/tabwriter"}); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"text/tabwriter", "gonum.org/v1/plot", later} {
		if tool.PackageName(path) == "" {
			if err := tool.Resolve(ctx, []string{path}); err != nil {
				t.Fatal(err)
			}
		}
		p, err := imp.Import(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range p.Imports() {
			if q.Path() == "io" && q != io {
				t.Errorf("%s refers to another io", path)
			}
		}
	}
	if again, _ := imp.Import("io"); again != io {
		t.Error("a second Import gives another package")
	}
	if u, err := imp.Import("unsafe"); err != nil || u != types.Unsafe {
		t.Errorf("unsafe: %v, %v", u, err)
	}
	if got := tool.PackageName("math/rand/v2"); got != "rand" {
		t.Errorf("name of math/rand/v2 is %q, want rand", got)
	}
	if got := tool.PackageName("no/such"); got != "" {
		t.Errorf("name of an unknown package is %q", got)
	}
	if _, err := imp.Import("no/such"); err == nil || !strings.Contains(err.Error(), "no/such") {
		t.Errorf("import of an unresolved path: %v", err)
	}
}

func TestImporterIsSafeForConcurrentUse(t *testing.T) {
	tool := warm(t)
	if err := tool.Resolve(context.Background(), []string{"net/http"}); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	got := make([]*types.Package, 8)
	for i := range got {
		wg.Go(func() { got[i], _ = tool.Importer().Import("net/http") })
	}
	wg.Wait()
	for _, p := range got {
		if p == nil || p != got[0] {
			t.Fatalf("packages differ: %v", got)
		}
	}
}

func TestResolveNamesEveryPathItCannotFind(t *testing.T) {
	tool := warm(t)
	tests := []struct{ path, want string }{
		{"mathh", `did you mean "math"?`},
		{"rand", `did you mean "math/rand"?`},
		{"maht/rand", `did you mean "math/rand"?`},
		{"fmt2/very/unlike/anything", "check the spelling"},
		{"github.com/foo/bar", "no module of the toolkit has this package"},
		{"gonum.org/v1/plot/ploter", `did you mean "gonum.org/v1/plot/plotter"?`},
		{"github.com/spikebook/spikebook/nyp", `did you mean "github.com/spikebook/spikebook/npy"?`},
		{"github.com/janpfeifer/gonb/gonbui/plotly", "it needs a module that the toolkit does not have"},
		{"internal/abi", "private to their module"},
		{"golang.org/x/tools/internal/x", "private to their module"},
		{"C", "cells cannot contain C code"},
		{"./here", "whole import path"},
		{"", "this is no import path"},
		{"two words", "this is no import path"},
		{"-toolexec=rm", "this is no import path"},
		{"std...", "this is no import path"},
		{"std", "check the spelling"},
		{"all", "check the spelling"},
		{workerMain, "this is a program, not a package"},
	}
	paths := []string{"fmt", "unsafe"}
	for _, test := range tests {
		paths = append(paths, test.path)
	}
	err := tool.Resolve(context.Background(), paths)
	var all ImportErrors
	if !errors.As(err, &all) {
		t.Fatalf("got %v, want ImportErrors", err)
	}
	if len(all) != len(tests) {
		t.Errorf("%d errors, want %d:\n%v", len(all), len(tests), err)
	}
	for _, test := range tests {
		found := false
		for _, e := range all {
			if e.Path == test.path {
				found = true
				if !strings.Contains(e.Error(), test.want) {
					t.Errorf("%q: got %q, want %q in it", test.path, e, test.want)
				}
			}
		}
		if !found {
			t.Errorf("%q: no error", test.path)
		}
	}
	var one *ImportError
	if !errors.As(err, &one) {
		t.Error("errors.As finds no *ImportError")
	}
}

func TestDistance(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{{"", "", 0}, {"math", "math", 0}, {"mahth", "math", 1}, {"amth", "math", 1}, {"mth", "math", 1}, {"math", "cmplx", 4}, {"strngs", "strings", 1}, {"", "ab", 2}}
	for _, test := range tests {
		for _, limit := range []int{1, 2, 9} {
			want := min(test.want, limit)
			if got := distance(test.a, test.b, limit); got != want {
				t.Errorf("distance(%q, %q, %d) = %d, want %d", test.a, test.b, limit, got, want)
			}
			if got := distance(test.b, test.a, limit); got != want {
				t.Errorf("distance(%q, %q, %d) = %d, want %d", test.b, test.a, limit, got, want)
			}
		}
	}
}
