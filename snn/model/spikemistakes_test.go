package model

import (
	"errors"
	"strings"
	"testing"
)

// What must not compile, and what the message says.
func TestSpikingMistakes(t *testing.T) {
	n := func(eq string) Source { return Source{Kind: SpikingNeuron, Equations: eq} }
	spikes := func(eq, spike, reset string) Source {
		return Source{Kind: SpikingNeuron, Equations: eq, Spike: spike, Reset: reset}
	}
	on := func(pre string) Source { return Source{Kind: SpikingSynapse, Equations: "x : init=0", OnPre: pre} }
	for _, c := range []struct {
		src         Source
		part        string
		pos         Pos
		text, wants string
	}{
		// Names.
		{n("V += Isyn"), "equations", Pos{1, 1}, "V", `add the line "V : init=0"`},
		{n("V : init=0; if (V > 1) { W = 2 }"), "equations", Pos{1, 26}, "W", "assigned, but not declared"},
		{n("Voltage : init=0; Volage += 1"), "equations", Pos{1, 19}, "Volage", `did you mean "Voltage"?`},
		{n("V = taum*2"), "equations", Pos{1, 5}, "taum", "unknown name"},
		{Source{Kind: SpikingNeuron, Equations: "V = taum*2", Params: params{"tau_m": 1}}, "equations", Pos{1, 5}, "taum", `did you mean "tau_m"?`},
		{n("V : init=0\nV = pre.x"), "equations", Pos{2, 5}, "pre.x", "belongs into a synapse"},
		{n("V : init=0\nI += 2"), "equations", Pos{2, 1}, "I", "is the input"},
		{n("V : init=0\npost.V += 2"), "equations", Pos{2, 1}, "post.V", "cannot change post.V"},
		{Source{Kind: SpikingNeuron, Equations: "V : init=0; E = V", Params: params{"E": 3}}, "equations", Pos{1, 13}, "E", "is a parameter (3)"},
		{n("V : init=0; V = batch"), "equations", Pos{1, 17}, "batch", "every trial"},
		{spikes("V : init=0", "not_refractory", ""), "spike", Pos{1, 1}, "not_refractory", "needs a refractory period"},
		// Statements.
		{n("V : init=0\nif V > 1: V = 0"), "equations", Pos{2, 1}, "if", "want a parenthesis"},
		{n("V : init=0\nif (V > 1) { V = 0"), "equations", Pos{2, 12}, "{", "brace is not closed"},
		{n("V : init=0\nif (V > 1 { V = 0 }"), "equations", Pos{2, 4}, "(", "parenthesis is not closed"},
		{n("V : init=0\nif () { V = 0 }"), "equations", Pos{2, 4}, "(", "nothing stands between"},
		{n("V : init=0\n} V = 1"), "equations", Pos{2, 1}, "}", "without an opening one"},
		{n("V : init=0\nelse { V = 1 }"), "equations", Pos{2, 1}, "else", "else without if"},
		{n("V : init=0\nwhile (V > 1) V -= 1"), "equations", Pos{2, 1}, "while", "not available"},
		{n("V : init=0\nfor (int i = 0; i < V; i++) V += 1"), "equations", Pos{2, 17}, "i < V", "bounds that are numbers"},
		{n("V : init=0\nfor (int i = 0; i < 1; i = 0) V += 1"), "equations", Pos{2, 1}, "", "too long"},
		{n("V : init=0\nfor (int i = 0; i < 100000; i++) V += 1"), "equations", Pos{2, 1}, "", "too long"},
		{n("V : init=0\nfor (i < 3) V += 1"), "equations", Pos{2, 1}, "for", "a start, a condition and a step"},
		{n("V : init=0\nscalar V2 = 1; scalar V2 = 2"), "equations", Pos{2, 23}, "V2", "declared twice"},
		{n("V : init=0\nconst x = 1"), "equations", Pos{2, 1}, "const", "want a type"},
		{n("V : init=0\nV : init=1"), "equations", Pos{2, 1}, "V", "declared twice"},
		{n("V : init=0\nif (V > 1) { W : init=0 }"), "equations", Pos{2, 14}, "", "only locals"},
		{n("V : init=0\nif (V > 1) { dV/dt = 1 }"), "equations", Pos{2, 14}, "dV/dt = 1", "under a condition"},
		{n("dV/dt = 1\ndV/dt = 2"), "equations", Pos{2, 1}, "dV/dt", "two equations"},
		{n("V : init=0\nV = addToPost(1)"), "equations", Pos{2, 5}, "addToPost(1)", "has no value"},
		{n("V : init=0\naddToPost(1)"), "equations", Pos{2, 1}, "addToPost(1)", "cannot add to the input"},
		{n("V : init=0\ninjectCurrent(1)"), "equations", Pos{2, 1}, "injectCurrent(1)", "cannot"},
		{n("V : init=0\nV = gennrand_gamma(2)"), "equations", Pos{2, 5}, "gennrand_gamma(2)", "not available"},
		{n("V : init=0\nV = Binomial(2, 0.5)"), "equations", Pos{2, 5}, "Binomial(2, 0.5)", "not available"},
		{n("V : init=0\nV = V[1]"), "equations", Pos{2, 5}, "V[1]", "no meaning"},
		{n("V : init=0\nV = V > 1"), "equations", Pos{2, 5}, "V > 1", "is a condition"},
		{n("dV/dt = V*V : exact"), "equations", Pos{1, 9}, "V*V", "linear"},
		{n("dV/dt = -V : event-driven"), "equations", Pos{1, 14}, "event-driven", "spiking synapse"},
		{n("V : int, init=0\nV = 1.5"), "equations", Pos{2, 5}, "1.5", "is int"},
		{n("V : init=W\nW = 1"), "equations", Pos{1, 10}, "W", "cannot depend on variable"},
		// Parts of a neuron.
		{spikes("V : init=0", "V", ""), "spike", Pos{1, 1}, "V", "wants a condition"},
		{spikes("V : init=0", "V = 1", ""), "spike", Pos{1, 3}, "=", "is one expression"},
		{spikes("V : init=0", "U > 1", ""), "spike", Pos{1, 1}, "U", "unknown name"},
		{spikes("V : init=0", "V >", ""), "spike", Pos{1, 4}, "", "want a number"},
		{spikes("V : init=0", "V > 1", "U = 1"), "reset", Pos{1, 1}, "U", "not declared"},
		{spikes("V : init=0", "V > 1", "dV/dt = 1"), "reset", Pos{1, 1}, "dV/dt = 1", ""},
		{spikes("V : init=0", "", "V = 1"), "model", Pos{}, "", "no condition for a spike"},
		{spikes("V : init=0; g : init=0, shared", "V > 1", "g = 1"), "reset", Pos{1, 1}, "g", "cannot change"},
		{Source{Kind: SpikingNeuron, Equations: "V : init=0", Spike: "V > 1", Refractory: "-2"}, "refractory", Pos{1, 1}, "-2", "negative"},
		{Source{Kind: SpikingNeuron, Equations: "V : init=0", Spike: "V > 1", Refractory: "V > 2"}, "refractory", Pos{1, 1}, "V > 2", "is a time"},
		{Source{Kind: SpikingNeuron, Equations: "V : init=0\nscalar x = V", Spike: "x > 1", AutoRefractory: true}, "spike", Pos{}, "x", "before the equations"},
		{Source{Kind: SpikingNeuron, Equations: "V : init=0", OnPre: "x"}, "model", Pos{}, "x", "has no on pre"},
		{Source{Kind: SpikingNeuron, Equations: "V = sum(exc)", Inputs: map[string]float64{"a b": 1}}, "model", Pos{}, "a b", "cannot name an input"},
		// Synapses.
		{on("addToPost(w[1])"), "on pre", Pos{1, 11}, "w", "not a variable of the target"},
		{on("addToPost(pre.V[1])"), "on pre", Pos{1, 11}, "pre.V", "not a variable of the target"},
		{on("addToPost(post.V[1.5])"), "on pre", Pos{1, 18}, "1.5", "cannot be"},
		{on("addToPost(post.V[1)"), "on pre", Pos{1, 17}, "[", "bracket is not closed"},
		{on("addToPost(post.V[post.V[1]])"), "on pre", Pos{1, 18}, "post.V[1]", "a past value itself"},
		{on("y += 1"), "on pre", Pos{1, 1}, "y", "post.y += …"},
		{on("post.V = 1"), "on pre", Pos{1, 1}, "post.V", "can only add"},
		{on("addToPost()"), "on pre", Pos{1, 1}, "addToPost()", "takes 1 argument"},
		{on("injectCurrent(1)"), "on pre", Pos{1, 1}, "injectCurrent(1)", "cannot inject"},
		{on("addToPost(V)"), "on pre", Pos{1, 11}, "V", "post.V or pre.V"},
		{on("addToPost(sum(exc))"), "on pre", Pos{1, 11}, "sum(exc)", "has no sums"},
		{on("addToPost(x > 1)"), "on pre", Pos{1, 11}, "x > 1", "is a condition"},
		{on("dx/dt = 1"), "on pre", Pos{1, 1}, "dx/dt = 1", "runs on an event"},
		{on("y : init=0"), "on pre", Pos{1, 1}, "y : init=0", "only locals"},
		{Source{Kind: SpikingSynapse, OnPost: "addToPost(w)"}, "on post", Pos{1, 1}, "addToPost(w)", "cannot add to the input of the postsynaptic neuron"},
		{Source{Kind: SpikingSynapse, OnPost: "addToPostDelay(w, 2)"}, "on post", Pos{1, 1}, "addToPostDelay(w, 2)", "cannot add"},
		{Source{Kind: SpikingSynapse, PreEquations: "a : init=0", PreSpike: "a += post.V"}, "pre spike", Pos{1, 6}, "post.V", "runs once for a presynaptic neuron"},
		{Source{Kind: SpikingSynapse, PreEquations: "a : init=0", PreSpike: "a += w"}, "pre spike", Pos{1, 6}, "w", "a value for every synapse"},
		{Source{Kind: SpikingSynapse, PreEquations: "a : init=0", PreSpike: "a = st_post"}, "pre spike", Pos{1, 5}, "st_post", "runs once"},
		{Source{Kind: SpikingSynapse, PreEquations: "a : init=0", PostEquations: "b = a"}, "post equations", Pos{1, 5}, "a", "belongs to the presynaptic neuron"},
		{Source{Kind: SpikingSynapse, PreEquations: "a : init=0", PostEquations: "a : init=0"}, "post equations", Pos{1, 1}, "a", "declared twice"},
		{Source{Kind: SpikingSynapse, PreEquations: "a : init=0", OnPre: "a += 1"}, "on pre", Pos{1, 1}, "a", "one value for a presynaptic neuron"},
		{Source{Kind: SpikingSynapse, PreEquations: "a : init=0\naddToPost(1)"}, "pre equations", Pos{2, 1}, "addToPost(1)", "only code of synapses"},
		{Source{Kind: SpikingSynapse, PreEvent: "pre.V > 1"}, "model", Pos{}, "pre.V > 1", "no code on it"},
		{Source{Kind: SpikingSynapse, OnPreEvent: "addToPost(w)"}, "model", Pos{}, "", "no condition for it"},
		{Source{Kind: SpikingSynapse, Equations: "dx/dt = -x*x : event-driven", OnPre: "addToPost(x)"}, "equations", Pos{1, 9}, "-x*x", "linear"},
		{Source{Kind: SpikingSynapse, Equations: "dx/dt = -x + pre.V : event-driven", OnPre: "addToPost(x)"}, "equations", Pos{1, 1}, "", "reads pre.V"},
		{Source{Kind: SpikingSynapse, Equations: "dx/dt = -x : event-driven\naddToPost(x)"}, "equations", Pos{}, "", "up to date only when"},
		{Source{Kind: SpikingSynapse, Weight: "exp"}, "model", Pos{}, "exp", "cannot name the weight"},
		{Source{Kind: SpikingSynapse, Equations: "V_pre : init=0", OnPre: "addToPost(w)"}, "equations", Pos{1, 1}, "V_pre", "read the neurons"},
		{Source{Kind: SpikingSynapse, Spike: "x > 1"}, "model", Pos{}, "x > 1", "has no spike"},
		{Source{Kind: SpikingSynapse, OnPre: "addToPost(V)", Names: map[string]string{"V": "neuron.V"}}, "model", Pos{}, "V", "want pre.NAME or post.NAME"},
		{Source{Kind: SpikingSynapse, OnPre: "addToPost(w)", Params: params{"tau": 1}}, "parameters", Pos{}, "tau", "no equation mentions it"},
		{Source{Kind: SpikingSynapse, PreEquations: "a : init=0", PreSpike: "a += k", Params: params{"k": 1}, PerElement: []string{"k"}}, "pre spike", Pos{1, 6}, "k", "a value for every synapse"},
		// Receptors, current sources, updates.
		{Source{Kind: Receptor, Equations: "addToPost(in)"}, "equations", Pos{1, 1}, "addToPost(in)", "cannot add"},
		{Source{Kind: Receptor, Equations: "injectCurrent(in*pre.V)"}, "equations", Pos{1, 18}, "pre.V", "knows no presynaptic one"},
		{Source{Kind: Receptor, Equations: "post.V = in"}, "equations", Pos{1, 1}, "post.V", "cannot change"},
		{Source{Kind: Current, Equations: "injectCurrent(in)"}, "equations", Pos{1, 15}, "in", "unknown name"},
		{Source{Kind: Current, Equations: "inject(2, 3)"}, "equations", Pos{1, 8}, "2", "name of an input"},
		{Source{Kind: Update, Equations: "V = 1", Refs: map[string]bool{"U": true}}, "equations", Pos{1, 1}, "V", "custom update has none of its own"},
		{Source{Kind: Update, Equations: "s = V", Refs: map[string]bool{"V": true, "s": false}}, "equations", Pos{1, 5}, "V", "is shared"},
		{Source{Kind: Update, Equations: "injectCurrent(V)", Refs: map[string]bool{"V": true}}, "equations", Pos{1, 1}, "injectCurrent(V)", "cannot"},
		{Source{Kind: Kind(9)}, "model", Pos{}, "", "kind 9"},
	} {
		m, err := Parse(c.src)
		var list Errors
		if m != nil || !errors.As(err, &list) {
			t.Errorf("%+v is accepted, want %q", c.src, c.wants)
			continue
		}
		found := false
		for _, e := range list {
			at := e.Pos == c.pos || c.pos == Pos{}
			found = found || e.Part == c.part && at && (c.text == "" || e.Text == c.text) && strings.Contains(e.Error(), c.wants)
		}
		if !found {
			t.Errorf("%q %q %q %q: errors are\n%v\nwant one of %s at %v about %q with %q", c.src.Equations, c.src.Spike, c.src.Reset, c.src.OnPre, err, c.part, c.pos, c.text, c.wants)
		}
		if len(list) > 3 {
			t.Errorf("%q: one mistake gives %d messages:\n%v", c.src.Equations+c.src.OnPre, len(list), err)
		}
	}
}
