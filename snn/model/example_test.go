package model_test

import (
	"fmt"

	"github.com/spikebook/spikebook/snn/model"
)

func Example() {
	m, err := model.Parse(model.Source{
		Kind:      model.Synapse,
		Equations: "tau*dw/dt = pre.r*post.r - alpha*post.r^2*w : min=0",
		Params:    map[string]float64{"tau": 2000, "alpha": 8},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(m)
	// Output:
	// rate synapse
	//   parameters
	//     tau = 2000
	//     alpha = 8
	//   variables
	//     w        min 0
	//   equations
	//     tau*dw/dt = pre.r*post.r - alpha*post.r^2*w
	//         dw/dt = (pre.r*post.r - alpha*(post.r*post.r)*w)/tau   (euler)
	//   step
	//     once: _1 = dt/tau
	//     per post: _2 = alpha*(post.r*post.r)
	//     _3 = w + _1*(pre.r*post.r - _2*w)
	//     w = _3 < 0 ? 0 : _3
	//   transmits
	//     sum of w*pre.r
}

func ExampleErrors() {
	_, err := model.Parse(model.Source{
		Equations: "tau*dr/dt + r = sum(exc) - sum(inh) : mim=0\nv = tua*r",
		Params:    map[string]float64{"tau": 10},
	})
	fmt.Println(err)
	// Output:
	// 1:39: unknown flag "mim"; did you mean "min"?
	//     tau*dr/dt + r = sum(exc) - sum(inh) : mim=0
	//                                           ^^^^^
	// 2:5: unknown name "tua"; did you mean "tau"?
	//     v = tua*r
	//         ^^^
}

func ExampleLatex() {
	m, err := model.Parse(model.Source{
		Equations: "tau_m*dr/dt + r = sum(exc) - (sum(inh) + theta)/2^gamma : min=0\nx = if r > 1e-3: sqrt(r) else: 0",
		Params:    map[string]float64{"tau_m": 10, "theta": 1, "gamma": 2},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Latex())
	// Output:
	// \begin{aligned}
	// \tau_{\mathrm{m}}\,\frac{dr}{dt} + r &= \textstyle\sum_{\mathrm{exc}} - \frac{\textstyle\sum_{\mathrm{inh}} + \theta}{2^{\gamma}},\quad r \ge 0 \\
	// x &= \begin{cases}\sqrt{r} & \text{if } r > 0.001 \\ 0 & \text{else}\end{cases}
	// \end{aligned}
}

func ExampleParse_spiking() {
	m, err := model.Parse(model.Source{
		Kind: model.SpikingNeuron, Equations: "tau*dv/dt = E - v + R*I", Spike: "v > -50", Reset: "v = E", Refractory: "2",
		Params: map[string]float64{"tau": 10, "E": -60, "R": 100},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(m)
	// Output:
	// spiking neuron
	//   parameters
	//     tau = 10
	//     E = -60
	//     R = 100
	//   variables
	//     v
	//     refractory int
	//   equations
	//     tau*dv/dt = E - v + R*I
	//         dv/dt = (E - v + R*sum(I))/tau   (exact)
	//   spike
	//     v > -50
	//   refractory
	//     2
	//   reset
	//     v = E
	//   computed when a parameter changes
	//     _c1 = dt/tau*exprel(dt/tau*-1)
	//     _c2 = round(2/dt)
	//   step
	//     _1 = refractory <= 0
	//     v = _1 ? v + _c1*(E - v + R*sum(I)) : v
	//     refractory = _1 ? 0 : refractory - 1
	//   kept from before the step
	//     _2 = refractory <= 0
	//   spikes when
	//     _2 and v > -50
	//   on a spike
	//     v = E
	//     refractory = int(_c2)
}
