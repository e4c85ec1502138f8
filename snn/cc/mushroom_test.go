//go:build cgo

package cc_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/spikebook/spikebook/snn/cc"
	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/plantest"
	"github.com/spikebook/spikebook/snn/ref"
)

// mushroom is the network of the mushroom body tutorial as a plan: 784 projection
// neurons, 20,000 Kenyon cells with a gain control of one neuron, 10 output
// neurons with the symmetric rule. 200 steps are an image.
type mushroom struct {
	p       *plan.Program
	values  map[int]float64 // of buffers, at the beginning of an image
	image   int
	weights int
	shape   plan.Sparse
	last    []int
}

func (m *mushroom) buffer(name string, t plan.Type, n int) int {
	m.p.Buffers = append(m.p.Buffers, plan.Buffer{Name: name, Type: t, Len: n})
	return len(m.p.Buffers) - 1
}

// parameter is a scalar.
func (m *mushroom) parameter(bind plan.Bind, name string, v float64) model.Expr {
	s := &model.Symbol{Name: name, Kind: model.Param, Locality: model.Global}
	b := m.buffer(name, plan.F32, 1)
	m.values[b] = v
	bind[s] = plan.Operand{Buffer: b}
	return &model.Ref{Sym: s}
}

func symbol(bind plan.Bind, name string, k model.SymbolKind, t model.Type, l model.Locality, b int, x plan.Index) *model.Symbol {
	s := &model.Symbol{Name: name, Kind: k, Type: t, Locality: l}
	bind[s] = plan.Operand{Buffer: b, Index: x}
	return s
}

func of(s *model.Symbol) model.Expr                          { return &model.Ref{Sym: s} }
func number(v float64) model.Expr                            { return &model.Const{V: v} }
func bin(o model.Op, x, y model.Expr) model.Expr             { return &model.Binary{Op: o, X: x, Y: y} }
func choose(c, x, y model.Expr) model.Expr                   { return &model.Select{Cond: c, Then: x, Else: y} }
func set(s *model.Symbol, x model.Expr) model.Assign         { return model.Assign{To: s, X: x} }
func call(f model.Func, args ...model.Expr) model.Expr       { return &model.Call{Fn: f, Args: args} }
func sum(x, y model.Expr) model.Expr                         { return bin(model.Add, x, y) }
func product(x, y model.Expr) model.Expr                     { return bin(model.Mul, x, y) }
func difference(x, y model.Expr) model.Expr                  { return bin(model.Sub, x, y) }
func compare(o model.Op, x model.Expr, v float64) model.Expr { return bin(o, x, number(v)) }

// receptor is an exponential current.
type receptor struct {
	in  int
	tau float64
}

// lif adds the Map and the Collect of n leaky neurons.
func (m *mushroom) lif(name string, n int, refractory float64, ops *[]plan.Op, current int, receptors ...receptor) plan.Spikes {
	const dt = 0.1
	bind := plan.Bind{}
	var body []model.Assign
	var input model.Expr
	plus := func(x model.Expr) {
		if input == nil {
			input = x
		} else {
			input = sum(input, x)
		}
	}
	for k, r := range receptors {
		in := symbol(bind, fmt.Sprint("in", k), model.Var, model.Float, model.Local, r.in, plan.Own)
		decay := math.Exp(-dt / r.tau)
		plus(product(m.parameter(bind, "scale", r.tau*(1-decay)/dt), of(in)))
		temp := &model.Symbol{Name: fmt.Sprint("_", k), Kind: model.Temp, Locality: model.Local}
		body = append(body, set(temp, input))
		input = of(temp)
		body = append(body, set(in, product(of(in), m.parameter(bind, "decay", decay))))
		m.values[r.in] = 0
	}
	if current >= 0 {
		plus(of(symbol(bind, "magnitude", model.Var, model.Float, model.Local, current, plan.Own)))
	}
	v := m.buffer(name+".V", plan.F32, n)
	refrac := m.buffer(name+".refrac", plan.F32, n)
	mark := m.buffer(name+".mark", plan.Bool, n)
	m.values[v], m.values[refrac] = -60, 0
	V := symbol(bind, "V", model.Var, model.Float, model.Local, v, plan.Own)
	R := symbol(bind, "RefracTime", model.Var, model.Float, model.Local, refrac, plan.Own)
	fires := symbol(bind, "mark", model.Var, model.Bool, model.Local, mark, plan.Own)
	a := &model.Symbol{Name: "a", Kind: model.Temp, Locality: model.Local}
	c := &model.Symbol{Name: "c", Kind: model.Temp, Type: model.Bool, Locality: model.Local}
	body = append(body,
		set(c, compare(model.Le, of(R), 0)),
		set(a, sum(product(input, m.parameter(bind, "R", 100)), m.parameter(bind, "Vrest", -60))),
		set(V, choose(of(c), difference(of(a), product(m.parameter(bind, "ExpTC", math.Exp(-dt/20)), difference(of(a), of(V)))), of(V))),
		set(R, choose(of(c), of(R), difference(of(R), of(&model.Symbol{Name: "dt", Kind: model.Dt})))),
		set(fires, bin(model.And, compare(model.Le, of(R), 0), bin(model.Ge, of(V), m.parameter(bind, "Vthresh", -50)))),
		set(V, choose(of(fires), m.parameter(bind, "Vreset", -60), of(V))),
		set(R, choose(of(fires), m.parameter(bind, "TauRefrac", refractory), of(R))))
	m.p.Ops = append(m.p.Ops, &plan.Map{Label: name, N: n, Body: body, Bind: bind})
	s := m.spikes(name, n)
	*ops = append(*ops, &plan.Collect{Label: name, Marks: mark, To: s}, &plan.RecordSpikes{Label: name, From: s, Enabled: -1})
	return s
}

func (m *mushroom) spikes(name string, n int) plan.Spikes {
	return plan.Spikes{List: m.buffer(name+".spikes", plan.I32, 2*n), Count: m.buffer(name+".count", plan.I64, 2), N: n, Slots: 2}
}

// add is a delivery of one value.
func (m *mushroom) add(from plan.Spikes, s plan.Shape, to int, w float64) *plan.Deliver {
	bind := plan.Bind{}
	out := &model.Symbol{Name: "in", Kind: model.Emit, Of: model.PostVar, Locality: model.PerPost}
	bind[out] = plan.Operand{Buffer: to, Index: plan.Post}
	return &plan.Deliver{Label: "add", From: from, Delay: 1, Shape: s, Body: []model.Assign{set(out, m.parameter(bind, "w", w))}, Bind: bind, Enabled: -1}
}

const kenyon = 20000

func newMushroom(learning bool) *mushroom {
	m := &mushroom{p: &plan.Program{Name: "mushroom", Dt: 0.1, Float: plan.F32, Seed: 1}, values: map[int]float64{}}
	m.image = m.buffer("magnitude", plan.F32, 784)
	excitation, inhibition := m.buffer("KC.exc", plan.F32, kenyon), m.buffer("KC.inh", plan.F32, kenyon)
	drive, out := m.buffer("GGN.in", plan.F32, 1), m.buffer("MBON.in", plan.F32, 10)
	label := m.buffer("label", plan.F32, 10)
	m.weights = m.buffer("g", plan.F32, kenyon*10)
	m.shape = plan.Sparse{Rows: m.buffer("rows", plan.I64, 785), Targets: m.buffer("targets", plan.I32, 20*kenyon), Segments: 1, Sources: -1, Columns: -1, Slots: -1}
	var after []plan.Op
	pn := m.lif("PN", 784, 100, &after, m.image)
	kc := m.lif("KC", kenyon, 2, &after, -1, receptor{excitation, 3}, receptor{inhibition, 5})
	mbon := m.lif("MBON", 10, 2, &after, label, receptor{out, 3})
	ggn := m.spikes("GGN", 1)
	{
		bind := plan.Bind{}
		in := symbol(bind, "in", model.Var, model.Float, model.Local, drive, plan.Own)
		v := symbol(bind, "V", model.Var, model.Float, model.Local, m.buffer("GGN.V", plan.F32, 1), plan.Own)
		mark := m.buffer("GGN.mark", plan.Bool, 1)
		fires := symbol(bind, "mark", model.Var, model.Bool, model.Local, mark, plan.Own)
		m.p.Ops = append(m.p.Ops, &plan.Map{Label: "GGN", N: 1, Bind: bind, Body: []model.Assign{
			set(v, sum(of(v), of(in))), set(in, number(0)), set(fires, bin(model.Ge, of(v), m.parameter(bind, "threshold", 200))),
			set(v, choose(of(fires), number(0), of(v)))}})
		m.values[bind[v].Buffer] = 0
		after = append(after, &plan.Collect{Label: "GGN", Marks: mark, To: ggn})
	}
	neurons := m.p.Ops
	lastKC, lastMBON := m.buffer("KC.last", plan.I64, kenyon), m.buffer("MBON.last", plan.I64, 10)
	m.last = []int{lastKC, lastMBON}
	m.p.Ops = []plan.Op{
		m.add(pn, plan.Shape{Kind: plan.SparseRows, Pre: 784, Post: kenyon, Sparse: &m.shape}, excitation, 0.2),
		m.add(kc, plan.Shape{Pre: kenyon, Post: 1}, drive, 1),
		m.add(ggn, plan.Shape{Pre: 1, Post: kenyon}, inhibition, -5),
	}
	output := plan.Shape{Pre: kenyon, Post: 10}
	if learning {
		m.p.Ops = append([]plan.Op{&plan.Stamp{Label: "KC", From: kc, Delay: 1, Last: lastKC, Prev: -1},
			&plan.Stamp{Label: "MBON", From: mbon, Delay: 1, Last: lastMBON, Prev: -1}}, m.p.Ops...)
		rule := func(other int, k model.SymbolKind, l model.Locality, x plan.Index) ([]model.Assign, plan.Bind) {
			bind := plan.Bind{}
			g := symbol(bind, "g", model.Var, model.Float, model.Local, m.weights, plan.Own)
			last := symbol(bind, "st", k, model.Int, l, other, x)
			now := &model.Symbol{Name: "now", Kind: model.StepNow, Type: model.Int}
			elapsed := product(call(model.ToFloat, difference(of(now), of(last))), number(0.1))
			change := product(m.parameter(bind, "eta", 2e-5), difference(call(model.Exp, &model.Unary{Op: model.Neg, X: bin(model.Div, elapsed, m.parameter(bind, "tau", 15))}),
				m.parameter(bind, "rho", 0.01)))
			return []model.Assign{set(g, call(model.Min, call(model.Max, sum(of(g), change), m.parameter(bind, "wMin", 0)), m.parameter(bind, "wMax", 0.0233)))}, bind
		}
		body, bind := rule(lastMBON, model.PostVar, model.PerPost, plan.Post)
		m.p.Ops = append(m.p.Ops, &plan.Deliver{Label: "pre", From: kc, Delay: 1, Shape: output, Body: body, Bind: bind, Enabled: -1})
		body, bind = rule(lastKC, model.PreVar, model.Local, plan.Pre)
		m.p.Ops = append(m.p.Ops, &plan.Column{Label: "post", From: mbon, Delay: 1, Shape: output, Body: body, Bind: bind, Enabled: -1})
	} else {
		bind := plan.Bind{}
		g := symbol(bind, "g", model.Var, model.Float, model.Local, m.weights, plan.Own)
		in := &model.Symbol{Name: "in", Kind: model.Emit, Of: model.PostVar, Locality: model.PerPost}
		bind[in] = plan.Operand{Buffer: out, Index: plan.Post}
		m.p.Ops = append(m.p.Ops, &plan.Deliver{Label: "output", From: kc, Delay: 1, Shape: output, Body: []model.Assign{set(in, of(g))}, Bind: bind, Enabled: -1})
	}
	m.p.Ops = append(append(m.p.Ops, neurons...), after...)
	m.values[label] = 0
	return m
}

func (m *mushroom) state() *plan.State {
	s := plan.NewState(m.p)
	r := rand.New(rand.NewPCG(1, 2))
	rows := make([][]int32, 784)
	for j := range kenyon {
		for range 20 {
			i := r.IntN(784)
			rows[i] = append(rows[i], int32(j))
		}
	}
	var targets []int32
	for i, row := range rows {
		targets = append(targets, row...)
		s.I64[m.shape.Rows][i+1] = int64(len(targets))
	}
	copy(s.I32[m.shape.Targets], targets)
	return s
}

// present prepares the state for image number n: 120 pixels of one current, and a
// label.
func (m *mushroom) present(s *plan.State, n int) {
	for b, v := range m.values {
		for k := range s.F32[b] {
			s.F32[b][k] = float32(v)
		}
	}
	r := rand.New(rand.NewPCG(3, uint64(n)))
	clear(s.F32[m.image])
	for range 120 {
		s.F32[m.image][r.IntN(784)] = 80. / 120
	}
	for b := range m.p.Buffers {
		if m.p.Buffers[b].Name == "label" {
			s.F32[b][n%10] = 5
		}
	}
	for _, b := range m.last {
		for k := range s.I64[b] {
			s.I64[b][k] = -1 << 40
		}
	}
	for k := range s.Records {
		s.Records[k] = plan.Samples{Steps: s.Records[k].Steps[:0], I32: s.Records[k].I32[:0]}
	}
}

// TestMushroom compares with ref after three images.
func TestMushroom(t *testing.T) {
	m := newMushroom(true)
	var want *plan.State
	for _, b := range []plan.Backend{ref.New(), threads(t, 1), threads(t, 2), threads(t, 3), fine(t, 3)} {
		x, err := b.Compile(m.p)
		if err != nil {
			t.Fatal(err)
		}
		s := m.state()
		for n := range 3 {
			m.present(s, n)
			if _, err := x.Run(s, 200, nil); err != nil {
				t.Fatal(err)
			}
		}
		x.Close()
		if want == nil {
			want = s
			for k, what := range []string{"PN", "KC", "MBON"} {
				if len(s.Records[k].I32) == 0 {
					t.Fatalf("%s do not fire", what)
				}
			}
			t.Logf("%d spikes of PN, %d of KC, %d of MBON", len(s.Records[0].I32), len(s.Records[1].I32), len(s.Records[2].I32))
			continue
		}
		if d := plantest.Diff(m.p, s, want); d != "" {
			t.Errorf("%s differs from ref: %s", b.Name(), d)
		}
	}
}

func threads(t testing.TB, n int) plan.Backend { return with(t, cc.Threads(n)) }
func fine(t testing.TB, n int) plan.Backend    { return with(t, cc.Threads(n), cc.Fine) }

func with(t testing.TB, options ...cc.Option) plan.Backend {
	t.Helper()
	b, err := cc.New(options...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// BenchmarkMushroom presents images, in training and in testing.
func BenchmarkMushroom(b *testing.B) {
	for _, learning := range []bool{true, false} {
		for n := 1; n <= 2; n++ {
			b.Run(fmt.Sprintf("%s/%d", map[bool]string{true: "train", false: "test"}[learning], n), func(b *testing.B) {
				m := newMushroom(learning)
				x, err := threads(b, n).Compile(m.p)
				if err != nil {
					b.Fatal(err)
				}
				defer x.Close()
				s := m.state()
				k := 0
				for b.Loop() {
					m.present(s, k)
					k++
					if _, err := x.Run(s, 200, nil); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "images/s")
			})
		}
	}
}
