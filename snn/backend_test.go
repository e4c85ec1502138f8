package snn

import (
	"io"
	"strings"
	"testing"
)

// Without a C compiler a network runs on Ref, which is said once; asked for by
// name, CC is an error that says what to install.
func TestWithoutCCompiler(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv("CC", "")
	var said strings.Builder
	defer func(w io.Writer) { notices = w }(notices)
	notices = &said
	net := New("net")
	net.Input("in", 2)
	for range 2 {
		sim, err := net.Build()
		if err != nil || sim.Backend() != "ref" {
			t.Fatalf("backend %v, error %v; want ref", sim, err)
		}
		if err := sim.Run(10); err != nil {
			t.Fatal(err)
		}
	}
	if n := strings.Count(said.String(), "\n"); n != 1 || !strings.Contains(said.String(), "install") {
		t.Errorf("said %q, want one line that says what to install", said.String())
	}
	if _, err := net.Build(On(CC)); err == nil || !strings.Contains(err.Error(), "install") {
		t.Errorf("On(CC): error %v, want one that says what to install", err)
	}
}
