package nef

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/spikebook/spikebook/snn"
)

// The networks of testdata/random_networks.json, which record.py drew, built and ran
// in Nengo.
type randomNetwork struct {
	Seed     uint32
	Networks []int // parents
	Objects  []struct {
		randomProcess
		Net, Size, N, D int
		Type            string
		Values          []float64
		Radius          float64
		Noise           *randomProcess
	}
	Connections []struct {
		Net       int
		Pre, Post randomEnd
		Synapse   []any
		Function  string
		Transform any
		Weights   bool
		Rule      *struct {
			Kind string
			Rate float64
			Pre  []any
		}
	}
	Probes []struct {
		randomEnd
		Net        int
		Connection *int
		Attr       string
		Synapse    []any
	}
}

type randomEnd struct {
	Object  int
	Rule    *int
	Neurons bool
	Slice   []*int
	List    []int
}

type randomProcess struct {
	Kind          string
	Seed          *uint32
	Std           float64
	Synapse       []any
	Period, High  float64
	RMS           float64
	Y0            *float64
	Pieces        [][2]any
	Interpolation string
	Rows          Rows
	Each          float64
}

func numbers(x any) []float64 {
	var v []float64
	for _, e := range x.([]any) {
		v = append(v, e.(float64))
	}
	return v
}

func synapseOf(s []any) Synapse {
	if s == nil {
		return NoSynapse
	}
	switch s[0] {
	case "lowpass":
		return Lowpass(s[1].(float64))
	case "alpha":
		return Alpha(s[1].(float64))
	case "triangle":
		return Triangle(s[1].(float64))
	case "linear":
		return LinearFilter(numbers(s[1]), numbers(s[2])).By(map[any]Method{"zoh": ZeroOrderHold, "euler": Euler, "bilinear": Bilinear}[s[3]])
	}
	return DiscreteFilter(numbers(s[1]), numbers(s[2]))
}

func (p *randomProcess) process(size int) Process {
	var q Process
	gauss := Gaussian(0, p.Std)
	switch p.Kind {
	case "white_noise":
		q = WhiteNoise(gauss)
	case "filtered_noise":
		q = FilteredNoise(synapseOf(p.Synapse), gauss)
	case "brown_noise":
		q = BrownNoise(gauss)
	case "white_signal":
		q = WhiteSignal(p.Period, p.High).RMS(p.RMS)
		if p.Y0 != nil {
			q = q.Y0(*p.Y0)
		}
	case "piecewise":
		values := map[float64][]float64{}
		for _, x := range p.Pieces {
			values[x[0].(float64)] = numbers(x[1])
		}
		q = Piecewise(values).Interpolate(map[string]Interpolation{
			"zero": Zero, "nearest": Nearest, "linear": Linear, "slinear": Linear, "quadratic": Quadratic, "cubic": Cubic,
		}[p.Interpolation])
	case "present_input":
		q = PresentInput(p.Rows, p.Each)
	}
	if size > 0 {
		q = q.Size(size)
	}
	if p.Seed != nil {
		q = q.Seed(*p.Seed)
	}
	return q
}

var typesByName = map[string]NeuronType{
	"LIF": DefaultLIF(), "LIFRate": DefaultLIFRate(), "AdaptiveLIF": DefaultAdaptiveLIF(), "AdaptiveLIFRate": DefaultAdaptiveLIFRate(),
	"RectifiedLinear": DefaultRectifiedLinear(), "SpikingRectifiedLinear": DefaultSpikingRectifiedLinear(),
	"Sigmoid": DefaultSigmoid(), "Tanh": DefaultTanh(), "Izhikevich": DefaultIzhikevich(),
	"RegularSpiking": RegularSpiking{DefaultLIFRate(), 1}, "StochasticSpiking": StochasticSpiking{DefaultLIFRate(), 1},
	"PoissonSpiking": PoissonSpiking{DefaultRectifiedLinear(), 1}, "Direct": Direct{},
}

// build describes the network as record.py does.
func (spec *randomNetwork) build() (*Network, []*Probe) {
	nets := []*Network{New("random", Seed(spec.Seed))}
	for i, parent := range spec.Networks {
		nets = append(nets, nets[parent].Network(fmt.Sprint("net", i)))
	}
	var nodes = map[int]*Node{}
	var ensembles = map[int]*Ensemble{}
	for i, o := range spec.Objects {
		net, name := nets[o.Net], fmt.Sprint(o.Kind, i)
		switch o.Kind {
		case "ensemble":
			e := net.Ensemble(name, o.N, o.D).Type(typesByName[o.Type]).Radius(o.Radius)
			if o.Type == "Izhikevich" {
				e.MaxRates(Uniform(20, 40))
			}
			if o.Seed != nil {
				e.Seed(*o.Seed)
			}
			if o.Noise != nil {
				e.Noise(o.Noise.process(0))
			}
			ensembles[i] = e
		case "constant":
			nodes[i] = net.Node(name, Constant(o.Values...))
		case "pass":
			nodes[i] = net.Node(name, PassThrough(o.Size))
		case "time":
			nodes[i] = net.Node(name, OfTime(func(t float64) []float64 {
				x := make([]float64, o.Size)
				for j := range x {
					x[j] = fraction(float64(t*10)*float64(j+1)) - 0.5
				}
				return x
			}))
		case "input":
			nodes[i] = net.Node(name, OfInput(o.Size, func(t float64, x []float64) []float64 {
				y := make([]float64, len(x))
				for j, v := range x {
					y[j] = float64(v*v) + t
				}
				return y
			}))
		default:
			nodes[i] = net.Node(name, o.process(o.Size))
		}
	}
	var rules = map[int]*Rule{}
	end := func(e randomEnd) Object {
		type viewable interface {
			Object
			At(...int) View
			Slice(from, to int) View
			Stride(from, to, step int) View
		}
		var o viewable
		switch {
		case e.Rule != nil:
			return rules[*e.Rule]
		case nodes[e.Object] != nil:
			o = nodes[e.Object]
		case e.Neurons:
			o = ensembles[e.Object].Neurons()
		default:
			o = ensembles[e.Object]
		}
		if e.List != nil {
			return o.At(e.List...)
		}
		if e.Slice == nil {
			return o
		}
		bound := func(k, none int) int {
			if k < len(e.Slice) && e.Slice[k] != nil {
				return *e.Slice[k]
			}
			return none
		}
		return o.Stride(bound(0, All), bound(1, All), bound(2, 1))
	}
	var lines []*Connection
	for i, c := range spec.Connections {
		line := nets[c.Net].Connect(end(c.Pre), end(c.Post)).Synapse(synapseOf(c.Synapse))
		switch c.Function {
		case "square":
			line.Function(func(x []float64) []float64 {
				y := make([]float64, len(x))
				for j, v := range x {
					y[j] = float64(v * v)
				}
				return y
			})
		case "sum":
			line.Function(func(x []float64) []float64 {
				s := 0.0
				for _, v := range x {
					s += v
				}
				return []float64{s}
			})
		case "zero2":
			line.Function(func(x []float64) []float64 { return []float64{0, 0} })
		}
		switch x := c.Transform.(type) {
		case float64:
			line.Transform(Scalar(x))
		case []any:
			if _, ok := x[0].(float64); ok {
				line.Transform(Diagonal(numbers(x)...))
				break
			}
			var rows Rows
			for _, r := range x {
				rows = append(rows, numbers(r))
			}
			line.Transform(Matrix(rows...))
		}
		if c.Weights {
			line.Solver(LstsqL2{Reg: 0.1, Weights: true})
		}
		if r := c.Rule; r != nil {
			s := synapseOf(r.Pre)
			rules[i] = line.Learn(map[string]LearningRule{
				"PES": PES{r.Rate, s}, "Voja": Voja{r.Rate, s}, "Oja": Oja{r.Rate, 1, s, s},
				"BCM": BCM{r.Rate, s, s, Lowpass(0.05)}, "RLS": RLS{r.Rate, s},
			}[r.Kind])
		}
		lines = append(lines, line)
	}
	var probes []*Probe
	for _, p := range spec.Probes {
		var of Object
		if p.Connection != nil {
			of = lines[*p.Connection]
		} else {
			of = end(p.randomEnd)
		}
		probe := nets[p.Net].Probe(of).Synapse(synapseOf(p.Synapse))
		if p.Attr != "" {
			probe.Signal(p.Attr)
		}
		probes = append(probes, probe)
	}
	return nets[0], probes
}

// Networks drawn at random, of all objects, types, processes without seeds,
// synapses, views, transforms and rules, give what they give in Nengo.
func TestRandomNetworks(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(folder(), "random_networks.json"))
	if err != nil {
		t.Fatal(err)
	}
	var specs []randomNetwork
	if err := json.Unmarshal(b, &specs); err != nil {
		t.Fatal(err)
	}
	r := open(t, "random_networks")
	for k := range specs {
		t.Run(fmt.Sprint(k), func(t *testing.T) {
			n, probes := specs[k].build()
			s := mustBuild(t, n, On(snn.Ref))
			if err := s.RunSteps(60); err != nil {
				t.Fatal(err)
			}
			sub := *r
			sub.t = t
			for i, p := range probes {
				sub.check(fmt.Sprintf("%d_%d", k, i), s.Data(p).Data)
			}
		})
	}
	r.all()
}
