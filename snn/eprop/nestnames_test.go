package eprop

import (
	"math"
	"reflect"
	"strings"
	"testing"
)

// The tutorial as it is written for NEST 3.7 gives the same network as the one
// that the other tests build, whose numbers are NEST's.
func TestParametersOfNEST37(t *testing.T) {
	nest := NEST{Version: "3.7", AverageGradient: true, WindowSteps: 150}
	params := P{
		"C_m": 1.0, "c_reg": 2.0, "E_L": 0.0, "f_target": 10.0, "gamma": 0.3, "I_e": 0.0, "regular_spike_arrival": true,
		"surrogate_gradient_function": "piecewise_linear", "t_ref": 5.0, "tau_m": 20.0, "V_m": 0.0, "V_th": 0.6,
	}
	regular, err := nest.Neuron("eprop_iaf_bsshslm_2020", params)
	if err != nil {
		t.Fatal(err)
	}
	params["adapt_tau"], params["adaptation"] = 2000, 0
	params["adapt_beta"] = 1.7 * ((1 - math.Exp(-1/2000.0)) / (1 - math.Exp(-1/20.0)))
	adaptive, err := nest.Neuron("eprop_iaf_adapt_bsshslm_2020", params)
	if err != nil {
		t.Fatal(err)
	}
	readout, err := nest.Readout(P{"C_m": 1.0, "E_L": 0.0, "I_e": 0.0, "loss": "cross_entropy", "regular_spike_arrival": false, "tau_m": 20.0, "V_m": 0.0})
	if err != nil {
		t.Fatal(err)
	}
	syn, err := nest.Synapse(P{
		"synapse_model": "eprop_synapse_bsshslm_2020", "delay": 1.0, "tau_m_readout": 20.0, "average_gradient": true,
		"optimizer": P{"type": "adam", "batch_size": 3, "beta_1": 0.9, "beta_2": 0.999, "eta": 5e-3, "Wmin": -100.0, "Wmax": 100.0},
	})
	if err != nil {
		t.Fatal(err)
	}
	kernel, err := nest.Kernel(P{"eprop_learning_window": 150.0, "eprop_reset_neurons_on_update": true, "eprop_update_interval": 2250.0, "print_time": false, "resolution": 1.0, "total_num_virtual_procs": 1})
	if err != nil {
		t.Fatal(err)
	}
	want, _ := tutorial(1, 3)
	for _, c := range []struct{ got, want any }{
		{regular, want.groups[0].model}, {adaptive, want.groups[1].model}, {readout, want.readout}, {syn, want.in.synapse}, {kernel, want.kernel},
	} {
		if g, ok := c.got.(IAF); ok {
			g.VMin = c.want.(IAF).VMin // moved by E_L, but as good as none
			c.got = g
		}
		if g, ok := c.got.(AdaptiveIAF); ok {
			g.VMin = c.want.(AdaptiveIAF).VMin
			c.got = g
		}
		if !reflect.DeepEqual(c.got, c.want) {
			t.Errorf("got %+v, want %+v", c.got, c.want)
		}
	}
}

func TestParametersOfLaterNESTs(t *testing.T) {
	for _, c := range []struct {
		version string
		p       P
		want    Surrogate
		creg    float64
	}{
		{"3.9", P{"gamma": 0.5, "beta": 2.0, "surrogate_gradient_function": "exponential", "c_reg": 7}, Surrogate{Exponential, 0.5, 0.5}, 7},
		{"3.10", P{"surrogate_gradient_height": 0.5, "surrogate_gradient_width": 0.25, "surrogate_gradient_function": "arctan_derivative"}, Surrogate{ArctanDerivative, 0.5, 0.25}, 0},
		{"", P{}, Surrogate{PiecewiseLinear, 0.3, 1}, 0},
	} {
		m, err := NEST{Version: c.version, AverageGradient: true, WindowSteps: 100}.Neuron("eprop_iaf_bsshslm_2020", c.p)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.(IAF); got.Surrogate != c.want || got.CReg != c.creg {
			t.Errorf("version %q: surrogate %v and c_reg %v, want %v and %v", c.version, got.Surrogate, got.CReg, c.want, c.creg)
		}
	}
	m, err := NEST{}.Neuron("eprop_iaf_bsshslm_2020", P{"E_L": -60.0, "V_m": -61.0})
	if err != nil {
		t.Fatal(err)
	}
	if got := m.(IAF); got.VTh != -45 || got.VM != -61 {
		t.Errorf("E_L of -60 mV: V_th %v and V_m %v, want -45 (moved) and -61 (as given)", got.VTh, got.VM)
	}
}

func TestNESTNonsense(t *testing.T) {
	neuron := func(n NEST, model string, p P) error {
		_, err := n.Neuron(model, p)
		return err
	}
	const iaf = "eprop_iaf_bsshslm_2020"
	_, badSynapse := NEST{}.Synapse(P{"optimizer": P{"Eta": 1.0, "type": "adamant", "batch_size": 1.5}})
	_, badOptimizer := NEST{}.Synapse(P{"optimizer": "adam"})
	_, badReadout := NEST{}.Readout(P{"loss": 3})
	for _, c := range []struct {
		err  error
		want []string
	}{
		{neuron(NEST{Version: "2.20"}, iaf, nil), []string{"2.20"}},
		{neuron(NEST{}, "eprop_iaf", nil), []string{`no neuron "eprop_iaf"`}},
		{neuron(NEST{}, iaf, P{"tau_M": 20.0}), []string{`no parameter "tau_M"`}},
		{neuron(NEST{}, iaf, P{"adapt_beta": 1.0}), []string{"adapt_beta"}},
		{neuron(NEST{}, iaf, P{"gamma": 0.3}), []string{"gamma", "Version"}},
		{neuron(NEST{}, iaf, P{"tau_m": "20", "regular_spike_arrival": 1}), []string{"tau_m is 20 (string)", "regular_spike_arrival is 1"}},
		{neuron(NEST{}, iaf, P{"surrogate_gradient_function": "linear"}), []string{"surrogate_gradient_function is linear"}},
		{neuron(NEST{Version: "3.7", AverageGradient: true}, iaf, P{"c_reg": 2.0}), []string{"WindowSteps"}},
		{badSynapse, []string{`"Eta"`, "type is adamant", "batch_size is 1.5"}},
		{badOptimizer, []string{"optimizer is adam"}},
		{badReadout, []string{"loss is 3"}},
	} {
		for _, w := range c.want {
			if c.err == nil || !strings.Contains(c.err.Error(), w) {
				t.Errorf("error %v, want one with %q", c.err, w)
			}
		}
	}
}
