package eprop

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// P holds parameters under NEST's names, as a Python program gives them: numbers,
// booleans, strings, and for "optimizer" another P.
type P map[string]any

// NEST reads parameters of a version of NEST, with that version's defaults. The
// zero NEST reads those of 3.10.
//
// Between versions parameters changed their meaning; older ones are turned into
// those of 3.10:
//
//   - gamma, until 3.8, of the piecewise linear function alone: height is
//     gamma/(V_th − E_L), width is |V_th − E_L|.
//   - gamma and beta, 3.9: height is gamma, width is 1/beta.
//   - c_reg, until 3.8: was added to the gradient after its average over the
//     window; with average_gradient it is multiplied with the steps of the window.
//   - epsilon of Adam: 1e-8 by default until 3.8, then 1e-7.
type NEST struct {
	Version         string // "3.7", "3.8", "3.9" or "3.10"; "" is "3.10"
	AverageGradient bool   // whether the synapses average, for c_reg until 3.8
	WindowSteps     int    // steps of the learning window, for c_reg until 3.8
}

var versions = []string{"3.7", "3.8", "3.9", "3.10"}

func (n NEST) check() error {
	if n.Version != "" && !slices.Contains(versions, n.Version) {
		return fmt.Errorf("NEST: Version is %q, want one of %s; choose the one the parameters were written for", n.Version, strings.Join(versions, ", "))
	}
	return nil
}

// before39 tells whether the parameters are those of 3.7 and 3.8.
func (n NEST) before39() bool { return n.Version == "3.7" || n.Version == "3.8" }

// Neuron reads a model eprop_iaf_bsshslm_2020 or eprop_iaf_adapt_bsshslm_2020.
// As in NEST, E_L moves V_m, V_th and V_min with it where these are not given.
func (n NEST) Neuron(model string, p P) (Neuron, error) {
	m := DefaultAdaptiveIAF()
	adapts := model == m.modelName()
	if !adapts && model != m.IAF.modelName() {
		return nil, fmt.Errorf("NEST: no neuron %q, want %s or %s; the continuous models have other equations", model, m.IAF.modelName(), m.modelName())
	}
	r, err := n.reader(model, p)
	if err != nil {
		return nil, err
	}
	r.float("C_m", &m.CM)
	r.potentials(&m.EL, &m.VM, &m.VMin, &m.VTh)
	r.float("I_e", &m.IE)
	r.bool("regular_spike_arrival", &m.RegularSpikeArrival)
	r.float("t_ref", &m.TRef)
	r.float("tau_m", &m.TauM)
	if _, given := p["c_reg"]; given && n.before39() && n.AverageGradient && n.WindowSteps < 1 {
		r.fail("c_reg of NEST %s depends on the learning window, but WindowSteps is %d, want its steps; set NEST.WindowSteps", n.Version, n.WindowSteps)
	}
	r.float("c_reg", &m.CReg)
	if n.before39() && n.AverageGradient {
		m.CReg *= float64(n.WindowSteps)
	}
	r.float("f_target", &m.FTarget)
	r.ignored("flush_event_send_interval")
	shape := int(m.Surrogate.Shape)
	r.choice("surrogate_gradient_function", shapeNames, &shape)
	m.Surrogate.Shape = Shape(shape)
	switch n.Version {
	case "3.7", "3.8":
		gamma, vth := 0.3, m.VTh-m.EL
		r.float("gamma", &gamma)
		if m.Surrogate.Shape != PiecewiseLinear {
			r.fail("surrogate_gradient_function is %v, want piecewise_linear, the only one of NEST %s; set Version", m.Surrogate.Shape, n.Version)
		}
		m.Surrogate.Height, m.Surrogate.Width = gamma/vth, math.Abs(vth)
	case "3.9":
		gamma, beta := m.Surrogate.Height, 1/m.Surrogate.Width
		r.float("gamma", &gamma)
		r.float("beta", &beta)
		m.Surrogate.Height, m.Surrogate.Width = gamma, 1/beta
	default:
		r.float("surrogate_gradient_height", &m.Surrogate.Height)
		r.float("surrogate_gradient_width", &m.Surrogate.Width)
	}
	if adapts {
		r.float("adapt_beta", &m.AdaptBeta)
		r.float("adapt_tau", &m.AdaptTau)
		r.float("adaptation", &m.Adaptation)
	}
	if err := r.done(); err != nil {
		return nil, err
	}
	if adapts {
		return m, nil
	}
	return m.IAF, nil
}

// Readout reads eprop_readout_bsshslm_2020.
func (n NEST) Readout(p P) (Readout, error) {
	m := DefaultReadout()
	r, err := n.reader("eprop_readout_bsshslm_2020", p)
	if err != nil {
		return Readout{}, err
	}
	r.float("C_m", &m.CM)
	r.potentials(&m.EL, &m.VM, &m.VMin, nil)
	r.float("I_e", &m.IE)
	r.bool("regular_spike_arrival", &m.RegularSpikeArrival)
	r.float("tau_m", &m.TauM)
	loss := int(m.Loss)
	r.choice("loss", lossNames, &loss)
	m.Loss = Loss(loss)
	return m, r.done()
}

// Synapse reads the common properties of eprop_synapse_bsshslm_2020. The weight
// belongs to the matrices of the [Network].
func (n NEST) Synapse(p P) (Synapse, error) {
	m := DefaultSynapse()
	o := &m.Optimizer
	if n.before39() {
		o.Epsilon = 1e-8
	}
	r, err := n.reader("eprop_synapse_bsshslm_2020", p)
	if err != nil {
		return Synapse{}, err
	}
	r.ignored("synapse_model")
	r.float("delay", &m.Delay)
	r.float("tau_m_readout", &m.TauMReadout)
	r.bool("average_gradient", &m.AverageGradient)
	inner := r.inner("optimizer")
	method := int(o.Method)
	inner.choice("type", methodNames, &method)
	o.Method = Method(method)
	inner.int("batch_size", &o.BatchSize)
	inner.float("eta", &o.Eta)
	inner.float("Wmin", &o.WMin)
	inner.float("Wmax", &o.WMax)
	if o.Method == Adam {
		inner.float("beta_1", &o.Beta1)
		inner.float("beta_2", &o.Beta2)
		inner.float("epsilon", &o.Epsilon)
	}
	return m, errors.Join(r.done(), inner.done())
}

// Kernel reads the parameters of NEST's kernel that concern e-prop.
func (n NEST) Kernel(p P) (Kernel, error) {
	m := DefaultKernel()
	r, err := n.reader("kernel", p)
	if err != nil {
		return Kernel{}, err
	}
	r.float("resolution", &m.Resolution)
	r.float("eprop_update_interval", &m.UpdateInterval)
	r.float("eprop_learning_window", &m.LearningWindow)
	r.bool("eprop_reset_neurons_on_update", &m.ResetNeuronsOnUpdate)
	r.ignored("print_time")
	r.ignored("total_num_virtual_procs")
	return m, r.done()
}

// reader takes parameters out of a P and keeps what is wrong with them.
type reader struct {
	of       string
	p        P
	known    []string
	mistakes []error
}

func (n NEST) reader(of string, p P) (*reader, error) {
	return &reader{of: of, p: p}, n.check()
}

func (r *reader) fail(format string, args ...any) {
	r.mistakes = append(r.mistakes, fmt.Errorf("NEST %s: "+format, append([]any{r.of}, args...)...))
}

// take is the value of a name, if it is given.
func (r *reader) take(name string) (any, bool) {
	r.known = append(r.known, name)
	v, given := r.p[name]
	return v, given
}

func (r *reader) ignored(name string) { r.take(name) }

func (r *reader) float(name string, to *float64) {
	v, given := r.take(name)
	if !given {
		return
	}
	switch x := v.(type) {
	case float64:
		*to = x
	case float32:
		*to = float64(x)
	case int:
		*to = float64(x)
	default:
		r.fail("%s is %v (%T), want a number; give for example 1.0", name, v, v)
	}
}

func (r *reader) int(name string, to *int) {
	if v, given := r.take(name); given {
		if x, ok := v.(int); ok {
			*to = x
		} else {
			r.fail("%s is %v (%T), want an integer; give for example 1", name, v, v)
		}
	}
}

func (r *reader) bool(name string, to *bool) {
	if v, given := r.take(name); given {
		if x, ok := v.(bool); ok {
			*to = x
		} else {
			r.fail("%s is %v (%T), want true or false; give one of them", name, v, v)
		}
	}
}

func (r *reader) choice(name string, names []string, to *int) {
	if v, given := r.take(name); given {
		x, _ := v.(string)
		if k := slices.Index(names, x); k >= 0 {
			*to = k
		} else {
			r.fail("%s is %v, want one of %s; choose one", name, v, strings.Join(names, ", "))
		}
	}
}

// potentials reads E_L and what moves with it.
func (r *reader) potentials(el, vm, vmin, vth *float64) {
	old := *el
	r.float("E_L", el)
	moved := *el - old
	*vm += moved
	r.float("V_m", vm)
	*vmin += moved
	r.float("V_min", vmin)
	if vth != nil {
		*vth += moved
		r.float("V_th", vth)
	}
}

func (r *reader) inner(name string) *reader {
	in := &reader{of: r.of + " " + name}
	if v, given := r.take(name); given {
		switch x := v.(type) {
		case P:
			in.p = x
		case map[string]any:
			in.p = x
		default:
			r.fail("%s is %v (%T), want its parameters; give an eprop.P", name, v, v)
		}
	}
	return in
}

// done adds a mistake for each name that was not asked for.
func (r *reader) done() error {
	for _, name := range slices.Sorted(maps.Keys(r.p)) {
		if !slices.Contains(r.known, name) {
			known := slices.Sorted(slices.Values(r.known))
			r.fail("no parameter %q, want one of %s; correct the name, or set Version to the one it belongs to", name, strings.Join(known, ", "))
		}
	}
	return errors.Join(r.mistakes...)
}
