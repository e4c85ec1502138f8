package snn

import (
	"slices"
	"strings"
	"testing"
)

// What cannot be kept, recorded or named in an update is said, and nothing
// panics: views, nothing, a population of another network.
func TestOwnersThatCannotBe(t *testing.T) {
	stranger := New("other").Population("stranger", Rate("r = 1", nil), 2)
	for _, c := range []struct {
		name string
		of   Owner
		want string
	}{
		{"nil", nil, "nil"},
		{"nil population", (*Population)(nil), "nil"},
		{"empty view", View{}, "nil"},
		{"stranger", stranger, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			net := New("n")
			p := net.Population("p", Rate("r = 1", nil), 2, 2)
			sim, err := net.Build()
			if err != nil {
				t.Fatal(err)
			}
			if err := sim.Reset(Keep(c.of, "r")); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("keeping a part: error %v, want one with %q", err, c.want)
			}
			sim.Reset()
			if v := sim.Var(c.of, "r"); v.err == nil {
				t.Errorf("variable: no error")
			}
			again := New("again")
			again.Population("q", Rate("r = 1", nil), 2, 2)
			again.Record(c.of, "r")
			if _, err := again.Build(); err == nil {
				t.Errorf("a recording was built")
			}
			u := net.Update("u").Do("x = y", nil, As("x", c.of, "r"), As("y", p, "r"))
			sim, err = net.Build()
			if err != nil {
				t.Fatal(err)
			}
			if err := sim.Do(u); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("update: error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestAViewIsNotKept(t *testing.T) {
	net := New("n")
	p := net.Population("p", Rate("r = 1", nil), 2, 2)
	sim, err := net.Build()
	if err != nil {
		t.Fatal(err)
	}
	for name, keep := range map[string]Keepable{"whole": p.Row(0), "part": Keep(p.Row(0), "r")} {
		if err := sim.Reset(keep); err == nil || !strings.Contains(err.Error(), "keep population p") {
			t.Errorf("%s: error %v, want what to keep instead", name, err)
		}
	}
	u := net.Update("u").Do("x = 1", nil, As("x", p.Row(0), "r"))
	if sim, err = net.Build(); err != nil {
		t.Fatal(err)
	}
	if err := sim.Do(u); err == nil || !strings.Contains(err.Error(), "name population p") {
		t.Errorf("update: error %v, want what to name instead", err)
	}
}

// The order of parameters, which numbers their random streams, is always the same.
func TestParametersKeepTheirOrder(t *testing.T) {
	for range 50 {
		p := New("n").Population("p", LIF{C: 1, TauM: 20, Vrest: -65, Vreset: -65, Vthresh: -50}, 1)
		names := p.names()
		if c, tau := slices.Index(names, "C"), slices.Index(names, "TauM"); c < 0 || tau != c+1 {
			t.Fatalf("parameters %v, want TauM after C", names)
		}
	}
}
