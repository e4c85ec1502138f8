package model

import (
	"math"
	"testing"
)

// The two models of the bar learning tutorial.
var (
	leaky = Source{Equations: "tau*dr/dt + r = sum(exc) - sum(inh) : min=0", Params: map[string]float64{"tau": 10}}
	oja   = Source{
		Kind: Synapse, Equations: "tau*dw/dt = pre.r*post.r - alpha*post.r^2*w : min=0",
		Params: map[string]float64{"tau": 2000, "alpha": 8},
	}
)

// A network of 3 inputs and 2 neurons with lateral inhibition, stepped by the
// models and by the formulas written out.
func TestBarLearningEqualsFormulas(t *testing.T) {
	const inputs, n = 3, 2
	in := [inputs]float64{1, 0, 1}
	var r [n]float64
	wff := [n][inputs]float64{{0.1, 0.4, 0.3}, {0.45, 0.02, 0.2}}
	wlat := [n][n]float64{{0, 0.9}, {0.3, 0}}
	step := func(old [n]float64) (out [n]float64) {
		for i := range n {
			exc, inh := 0.0, 0.0
			for k := range inputs {
				exc += wff[i][k] * in[k]
			}
			for k := range n {
				inh += wlat[i][k] * old[k]
			}
			out[i] = math.Max(0, old[i]+0.1*(exc-inh-old[i]))
		}
		return out
	}
	// The same with machines: one for each neuron and synapse.
	neurons := [n]*machine{}
	var ff [n][inputs]*machine
	var lat [n][n]*machine
	synapse := func(alpha, w float64) *machine {
		k := newMachine(parse(t, oja), 1)
		k.set("alpha", alpha)
		k.set("w", w)
		return k
	}
	for i := range n {
		neurons[i] = newMachine(parse(t, leaky), 1)
		for k := range inputs {
			ff[i][k] = synapse(8, wff[i][k])
		}
		for k := range n {
			lat[i][k] = synapse(0.3, wlat[i][k])
		}
	}
	psp := func(k *machine, pre float64) float64 {
		k.set("pre.r", pre)
		return Eval(k.m.PSP, k.lookup)
	}
	for range 200 {
		old := r
		r = step(old)
		for i := range n {
			exc, inh := 0.0, 0.0
			for k := range inputs {
				exc += psp(ff[i][k], in[k])
			}
			for k := range n {
				inh += psp(lat[i][k], old[k])
			}
			neurons[i].set("sum(exc)", exc)
			neurons[i].set("sum(inh)", inh)
		}
		learn := func(k *machine, pre, post float64) {
			k.set("pre.r", pre)
			k.set("post.r", post)
			k.step()
		}
		for i := range n {
			neurons[i].step()
			close(t, "r", neurons[i].get("r"), r[i], 1e-13)
		}
		for i := range n {
			for k := range inputs {
				learn(ff[i][k], in[k], r[i])
				wff[i][k] = math.Max(0, wff[i][k]+(in[k]*r[i]-8*r[i]*r[i]*wff[i][k])/2000)
				close(t, "w", ff[i][k].get("w"), wff[i][k], 1e-13)
			}
			for k := range n {
				if k == i {
					continue
				}
				learn(lat[i][k], r[k], r[i])
				wlat[i][k] = math.Max(0, wlat[i][k]+(r[k]*r[i]-0.3*r[i]*r[i]*wlat[i][k])/2000)
				close(t, "w", lat[i][k].get("w"), wlat[i][k], 1e-13)
			}
		}
	}
	if r[0] == 0 && r[1] == 0 {
		t.Error("both neurons are silent: the test says nothing")
	}
}

// What leaves the loops: dt/tau once, alpha·post.r² once for each neuron.
func TestBarLearningIsHoisted(t *testing.T) {
	m := parse(t, oja)
	want := []struct {
		to  string
		loc Locality
		x   string
	}{
		{"_1", Global, "dt/tau"},
		{"_2", PerPost, "alpha*(post.r*post.r)"},
		{"_3", Local, "w + _1*(pre.r*post.r - _2*w)"},
		{"w", Local, "_3 < 0 ? 0 : _3"},
	}
	if len(m.Step) != len(want) {
		t.Fatalf("step has %d statements, want %d:\n%v", len(m.Step), len(want), m)
	}
	for i, w := range want {
		if a := m.Step[i]; a.To.Name != w.to || a.To.Locality != w.loc || Text(a.X) != w.x {
			t.Errorf("statement %d is %s = %s, want %s = %s", i, a.To.Name, Text(a.X), w.to, w.x)
		}
	}
}

func TestZeroWhen(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"tau*dw/dt = pre.r*post.r - alpha*post.r^2*w : min=0, max=1", "post.r"},
		{"dw/dt = alpha*pre.r*post.r/tau", "pre.r post.r"},
		{"dw/dt = post.r*(pre.r - w)/tau - alpha*w", ""},             // decays by itself
		{"tau*dw/dt = alpha*post.r*(pre.r - mean(pre.r))", "post.r"}, // covariance
		{"w += alpha/tau*post.r*pre.r : max=post.r", ""},             // a bound that moves
		{"w -= if pre.r > alpha: post.r else: post.r*tau", "post.r"},
		{"tau*dw/dt = alpha*pre.r*post.r\nv = pre.r", ""}, // v follows pre.r whatever post.r does
		{"tau*dw/dt = alpha*pre.r*post.r : exponential", "pre.r post.r"},
		{"tau*dw/dt = alpha*pre.r*exp(post.r)", "pre.r"},
		{"tau*dw/dt = alpha*pre.r/post.r", ""}, // 0/0
	} {
		m := parse(t, Source{Kind: Synapse, Equations: c.text, Params: map[string]float64{"tau": 2000, "alpha": 8}})
		got := ""
		for i, s := range m.ZeroWhen {
			if i > 0 {
				got += " "
			}
			got += symbolText(s)
		}
		if got != c.want {
			t.Errorf("%q: ZeroWhen is %q, want %q", c.text, got, c.want)
		}
		for _, s := range m.ZeroWhen { // and so it is
			k := newMachine(m, 1)
			k.set("w", 0.37)
			k.set("pre.r", 0.8)
			k.set("post.r", 0.6)
			k.values[s] = 0
			k.step()
			if k.get("w") != 0.37 {
				t.Errorf("%q: w changes to %v although %s is 0", c.text, k.get("w"), symbolText(s))
			}
		}
	}
}
