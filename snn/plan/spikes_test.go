package plan_test

import (
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/plantest"
	"github.com/spikebook/spikebook/snn/ref"
)

// TestSpikingString compares the printed operations on spikes with a recorded
// page.
func TestSpikingString(t *testing.T) {
	const file = "testdata/spiking.txt"
	p, _ := plantest.Spiking()
	got := p.String()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s\n(go test -update records it)", got, want)
	}
}

// TestCheckSpiking breaks one thing at a time in a correct program.
func TestCheckSpiking(t *testing.T) {
	if p, _ := plantest.Spiking(); p.Check() != nil {
		t.Fatalf("the correct program: %v", p.Check())
	}
	stamp := func(p *plan.Program) *plan.Stamp { return p.Ops[0].(*plan.Stamp) }
	deliver := func(p *plan.Program) *plan.Deliver { return p.Ops[1].(*plan.Deliver) }
	column := func(p *plan.Program) *plan.Column { return p.Ops[2].(*plan.Column) }
	drawn := func(p *plan.Program) *plan.Deliver { return p.Ops[3].(*plan.Deliver) }
	conv := func(p *plan.Program) *plan.Deliver { return p.Ops[4].(*plan.Deliver) }
	neuron := func(p *plan.Program) *plan.Map { return p.Ops[5].(*plan.Map) }
	repeated := func(p *plan.Program) *plan.Map { return p.Ops[6].(*plan.Map) }
	collect := func(p *plan.Program) *plan.Collect { return p.Ops[8].(*plan.Collect) }
	push := func(p *plan.Program) *plan.Push { return p.Ops[10].(*plan.Push) }
	emit := func(d *plan.Deliver) *model.Symbol { return d.Body[0].To }
	rebind := func(b plan.Bind, s *model.Symbol, change func(o *plan.Operand)) {
		o := b[s]
		change(&o)
		b[s] = o
	}
	for name, c := range map[string]struct {
		change func(p *plan.Program)
		want   string
	}{
		"list length":        {func(p *plan.Program) { collect(p).To.N = 11 }, "To.List is PN.spikes with 40 values, want 44"},
		"no slots":           {func(p *plan.Program) { collect(p).To.Slots = 0 }, "0 slots"},
		"marks":              {func(p *plan.Program) { collect(p).Marks = 10 }, "Marks is"},
		"swapped":            {func(p *plan.Program) { s := &collect(p).To; s.List, s.Count = s.Count, s.List }, "want int32"},
		"stamp delay":        {func(p *plan.Program) { stamp(p).Delay = 4 }, "Delay is 4 with 1 segments, want 0 to 3"},
		"stamp twice":        {func(p *plan.Program) { stamp(p).Prev = stamp(p).Last }, "is Prev"},
		"stamp the count":    {func(p *plan.Program) { stamp(p).Last = stamp(p).From.Count }, "count of spikes"},
		"deliver delay":      {func(p *plan.Program) { deliver(p).Delay = 2 }, "Delay is 2 with 3 segments, want 0 to 1"},
		"negative delay":     {func(p *plan.Program) { column(p).Delay = -1 }, "Delay is -1"},
		"other neurons":      {func(p *plan.Program) { deliver(p).From = column(p).From }, "From has 4 neurons, want the 10"},
		"other columns":      {func(p *plan.Program) { column(p).From = deliver(p).From }, "From has 10 neurons, want the 4"},
		"switch":             {func(p *plan.Program) { deliver(p).Enabled = 0 }, "Enabled is"},
		"no rows":            {func(p *plan.Program) { deliver(p).Shape.Sparse = nil }, "Sparse is nil"},
		"no segments":        {func(p *plan.Program) { deliver(p).Shape.Sparse.Segments = 0 }, "Segments is 0"},
		"more segments":      {func(p *plan.Program) { deliver(p).Shape.Sparse.Segments = 4 }, "want 41"},
		"targets":            {func(p *plan.Program) { deliver(p).Shape.Sparse.Targets = 3 }, "Sparse.Targets is"},
		"no columns":         {func(p *plan.Program) { column(p).Shape.Sparse.Columns = -1 }, "no Sources, Columns or Slots"},
		"same list":          {func(p *plan.Program) { s := column(p).Shape.Sparse; s.Slots = s.Sources }, "are one buffer"},
		"column of a kernel": {func(p *plan.Program) { column(p).Shape = conv(p).Shape }, "Convolution, which a column does not take"},
		"sweep of a kernel":  {func(p *plan.Program) { p.Ops[2] = &plan.Sweep{Shape: conv(p).Shape, Every: 1, Enabled: -1} }, "a sweep does not take"},
		"rule":               {func(p *plan.Program) { drawn(p).Shape.Procedural.Rule = "some" }, `Rule is "some"`},
		"probability":        {func(p *plan.Program) { drawn(p).Shape.Procedural.Probability = math.NaN() }, "Probability is NaN"},
		"number":             {func(p *plan.Program) { g := drawn(p).Shape.Procedural; g.Rule, g.Number = "number", -1 }, "Number is -1"},
		"self":               {func(p *plan.Program) { drawn(p).Shape.Procedural.NoSelf = true }, "want a square"},
		"no rule":            {func(p *plan.Program) { drawn(p).Shape.Procedural = nil }, "Procedural is nil"},
		"stored weight": {func(p *plan.Program) {
			d := drawn(p)
			d.Bind[conv(p).Body[0].X.(*model.Ref).Sym] = plan.Operand{Buffer: 17, Index: plan.Own}
		}, "of a shape that is generated"},
		"no picture":  {func(p *plan.Program) { conv(p).Shape.Conv = nil }, "Conv is nil"},
		"stride":      {func(p *plan.Program) { conv(p).Shape.Conv.StrideWidth = 0 }, "StrideWidth is 0, want 1"},
		"picture":     {func(p *plan.Program) { conv(p).Shape.Conv.InWidth = 4 }, "= 8 neurons, want Pre = 10"},
		"huge kernel": {func(p *plan.Program) { v := conv(p).Shape.Conv; v.KernelHeight, v.KernelWidth = 1<<20, 1<<20 }, "elements, want at most"},
		"kernel":      {func(p *plan.Program) { conv(p).Shape.Conv.KernelWidth = 2 }, "with 9 values, want 6"},
		"lag": {func(p *plan.Program) {
			d := deliver(p)
			for s, o := range d.Bind {
				if o.Slots > 0 {
					rebind(d.Bind, s, func(o *plan.Operand) { o.Lag = 2 })
				}
			}
		}, "want a lag of 0 to 1"},
		"ring length":        {func(p *plan.Program) { d := drawn(p); rebind(d.Bind, emit(d), func(o *plan.Operand) { o.Slots = 2 }) }, "with 30 values, want 20"},
		"late emit":          {func(p *plan.Program) { d := drawn(p); rebind(d.Bind, emit(d), func(o *plan.Operand) { o.Lag = 1 }) }, "with the lag 1, want 0"},
		"delay without ring": {func(p *plan.Program) { d := deliver(p); d.Body[0].Delay = &model.Const{V: 1, T: model.Int} }, "bound to no ring"},
		"float delay":        {func(p *plan.Program) { drawn(p).Body[0].Delay = &model.Const{V: 1} }, "a delay of type float"},
		"delayed variable":   {func(p *plan.Program) { deliver(p).Body[1].Delay = &model.Const{V: 1, T: model.Int} }, "assigned with a delay"},
		"emit unbound":       {func(p *plan.Program) { d := deliver(p); delete(d.Bind, emit(d)) }, "added to, but has no buffer"},
		"emit to a synapse":  {func(p *plan.Program) { d := conv(p); d.Bind[emit(d)] = plan.Operand{Buffer: 17, Index: plan.Own} }, "want Pre or Post"},
		"emit in a map": {func(p *plan.Program) {
			m := repeated(p)
			d := deliver(p)
			m.Bind[emit(d)] = plan.Operand{Buffer: 12, Index: plan.Own}
			m.Body = append(m.Body, d.Body[0])
		}, "in a sweep, deliver or column only"},
		"emit read": {func(p *plan.Program) { d := deliver(p); d.Body[1].X = &model.Ref{Sym: emit(d)} }, "can only be added to"},
		"emit and read": {func(p *plan.Program) {
			d := deliver(p)
			s := &model.Symbol{Name: "in", Kind: model.PostVar}
			d.Bind[s] = d.Bind[emit(d)]
		}, "are one buffer"},
		"neuron assigned": {func(p *plan.Program) {
			d := deliver(p)
			s := &model.Symbol{Name: "V", Kind: model.Var}
			d.Bind[s] = plan.Operand{Buffer: d.Bind[emit(d)].Buffer, Index: plan.Post}
			d.Body = []model.Assign{{To: s, X: &model.Const{V: 1}}}
		}, "want a variable of the synapse"},
		"repeat": {func(p *plan.Program) { repeated(p).Repeat = -1 }, "Repeat is -1"},
		"repeat global": {func(p *plan.Program) {
			m := repeated(p)
			s := &model.Symbol{Name: "g", Kind: model.Var}
			m.Bind[s] = plan.Operand{Buffer: len(p.Buffers) - 1}
			m.Body = append(m.Body, model.Assign{To: s, X: &model.Const{V: 1}})
		}, "with Repeat = 2"},
		"element of nobody": {func(p *plan.Program) {
			neuron(p).Body[0].X = &model.Binary{Op: model.Eq, X: &model.Ref{Sym: &model.Symbol{Kind: model.Element, Type: model.Int, Of: model.PreVar}}, Y: &model.Const{T: model.Int}}
		}, "not there"},
		"float step": {func(p *plan.Program) {
			repeated(p).Body[0].X = &model.Ref{Sym: &model.Symbol{Name: "step", Kind: model.StepNow}}
		}, "step is float, want int"},
		"push length":       {func(p *plan.Program) { push(p).Slots = 3 }, "with 8 values, want 12"},
		"push to itself":    {func(p *plan.Program) { push(p).Ring = push(p).In }, "one buffer"},
		"push from nowhere": {func(p *plan.Program) { push(p).In = -1 }, "In is buffer -1"},
		"no push":           {func(p *plan.Program) { push(p).Slots = 0 }, "Slots is 0"},
		"record of a list":  {func(p *plan.Program) { p.Ops[12] = &plan.Record{Buffer: 1, Every: 1, Enabled: -1} }, "of type int32"},
		"record no spikes":  {func(p *plan.Program) { p.Ops[12].(*plan.RecordSpikes).From.List = 99 }, "buffer 99"},
		"expression of lists": {func(p *plan.Program) {
			m := neuron(p)
			m.Bind[&model.Symbol{Name: "x", Type: model.Int}] = plan.Operand{Buffer: 1, Index: plan.Own}
		}, "want int64"},
	} {
		t.Run(name, func(t *testing.T) {
			p, _ := plantest.Spiking()
			c.change(p)
			err := p.Check()
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one that contains %q", err, c.want)
			}
			_ = p.String() // a wrong program still prints
		})
	}
}

// TestCheckConnectivity breaks one index at a time in a correct state, and runs
// it: an error, no panic.
func TestCheckConnectivity(t *testing.T) {
	p, s := plantest.Spiking()
	if err := plan.CheckConnectivity(p, s); err != nil {
		t.Fatalf("the correct state: %v", err)
	}
	run, err := ref.New().Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	if _, err := run.Run(s, 20, nil); err != nil {
		t.Fatal(err)
	}
	if err := plan.CheckConnectivity(p, s); err != nil {
		t.Errorf("after a run: %v", err)
	}
	for name, c := range map[string]struct {
		change func(s *plan.State)
		want   string
	}{
		"first":       {func(s *plan.State) { s.I64[0][0] = 1 }, "PN→KC.rows: the first piece begins at 1"},
		"descending":  {func(s *plan.State) { s.I64[0][4] = 0 }, "piece 3 goes from 3 to 0"},
		"too long":    {func(s *plan.State) { s.I64[0][30] = 31 }, "ascending places of 30"},
		"target":      {func(s *plan.State) { s.I32[1][7] = 4 }, "entry 7 is neuron 4, want 0 to 3"},
		"negative":    {func(s *plan.State) { s.I32[1][7] = -1 }, "entry 7 is neuron -1"},
		"source":      {func(s *plan.State) { s.I32[2][7] = 3 }, "synapse 7 is in the row of neuron 2, but its source is 3"},
		"column":      {func(s *plan.State) { s.I64[3][1] = 99 }, "PN→KC.columns: piece 0"},
		"columns":     {func(s *plan.State) { s.I64[3][4]-- }, "columns have 29 synapses, the rows 30"},
		"slot":        {func(s *plan.State) { s.I32[4][1] = s.I32[4][0] }, "want ascending numbers"},
		"huge slot":   {func(s *plan.State) { s.I32[4][29] = 1 << 30 }, "want ascending numbers below 30"},
		"wrong slot":  {func(s *plan.State) { s.I32[4][0]++ }, "want those to neuron 0"},
		"count":       {func(s *plan.State) { s.I64[6][3] = 11 }, "slot 3 has 11 spikes"},
		"spike":       {func(s *plan.State) { s.I64[6][3], s.I32[5][30] = 1, 10 }, "slot 3 has neuron 10"},
		"spike twice": {func(s *plan.State) { s.I64[6][3], s.I32[5][30], s.I32[5][31] = 2, 5, 5 }, "slot 3 has neuron 5 after 5"},
		"other state": {func(s *plan.State) { s.I32 = nil }, "another program"},
	} {
		t.Run(name, func(t *testing.T) {
			_, s := plantest.Spiking()
			c.change(s)
			if err := plan.CheckConnectivity(p, s); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one that contains %q", err, c.want)
			}
			run.Run(s, 20, nil) // must not panic
		})
	}
	_, s = plantest.Spiking()
	s.I32[1][0], s.I64[6][3], s.I32[5][30] = 1<<20, 1, 0
	if _, err := run.Run(s, 20, nil); err == nil || !strings.Contains(err.Error(), "CheckConnectivity") {
		t.Errorf("a run with a target out of range: error %v", err)
	}
}

// TestRowStatistics: means and variances of drawn rows against those of the
// binomial and uniform distributions.
func TestRowStatistics(t *testing.T) {
	const pre, post, p = 4000, 500, 0.1
	g := plan.Procedural{Rule: "probability", Probability: p, Object: 3, Stream: 1}
	var to []int32
	sum, squares := 0.0, 0.0
	columns := make([]float64, post)
	for i := range pre {
		to = g.Row(7, i, post, to[:0])
		n := float64(len(to))
		sum, squares = sum+n, squares+n*n
		for _, j := range to {
			columns[j]++
		}
		if !slices.IsSorted(to) || len(slices.Compact(slices.Clone(to))) != len(to) {
			t.Fatalf("row %d is %v, want ascending neurons, each once", i, to)
		}
	}
	// Four standard errors each: of the mean √(var/pre), of the variance about
	// var·√(2/pre); columns are binomial of pre draws, five of them as there are 500.
	mean, variance := sum/pre, squares/pre-sum/pre*sum/pre
	want := post * p * (1 - p)
	if tol := 4 * math.Sqrt(want/pre); math.Abs(mean-post*p) > tol {
		t.Errorf("mean length %v, want %v ± %v", mean, post*p, tol)
	}
	if tol := 4 * want * math.Sqrt(2./pre); math.Abs(variance-want) > tol {
		t.Errorf("variance %v, want %v ± %v", variance, want, tol)
	}
	for j, n := range columns {
		if tol := 5 * math.Sqrt(pre*p*(1-p)); math.Abs(n-pre*p) > tol {
			t.Errorf("column %d has %v synapses, want %v ± %v", j, n, pre*p, tol)
		}
	}
}

// TestRows: rows of any rule are in range, ascending, the same each time, and
// appended without touching what is there.
func TestRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := plan.Procedural{Rule: rapid.SampledFrom([]string{"probability", "number"}).Draw(t, "rule"),
			Probability: rapid.SampledFrom([]float64{0, 1e-300, 1e-9, 0.01, 0.5, 1 - 1e-16, 1}).Draw(t, "p"),
			Number:      rapid.IntRange(0, 50).Draw(t, "number"), NoSelf: rapid.Bool().Draw(t, "no self"), Stream: 5}
		post := rapid.IntRange(1, 40).Draw(t, "post")
		i := rapid.IntRange(0, post-1).Draw(t, "i")
		to := g.Row(1, i, post, []int32{-7})
		if to[0] != -7 || !slices.Equal(to, g.Row(1, i, post, []int32{-7})) {
			t.Fatalf("row %v, want the same again behind -7", to)
		}
		for k, j := range to[1:] {
			if j < 0 || int(j) >= post || k > 0 && j < to[k] || k > 0 && j == to[k] && g.Rule == "probability" || g.NoSelf && int(j) == i {
				t.Fatalf("row %d of %+v is %v", i, g, to[1:])
			}
		}
		columns := post
		if g.NoSelf {
			columns--
		}
		if g.Rule == "number" && columns > 0 && len(to) != g.Number+1 || g.Rule == "probability" && g.Probability == 1 && len(to) != columns+1 {
			t.Fatalf("row %d of %+v has %d synapses", i, g, len(to)-1)
		}
	})
}

func TestStateOfLists(t *testing.T) {
	p, s := plantest.Spiking()
	if len(s.Records) != 1 {
		t.Errorf("%d records, want 1 of RecordSpikes", len(s.Records))
	}
	s.I32[1] = s.I32[1][1:]
	if err := s.Fits(p); err == nil || !strings.Contains(err.Error(), "PN→KC.targets") {
		t.Errorf("a short list of targets: error %v", err)
	}
}
