package ref_test

import (
	"fmt"

	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/ref"
)

// A program of one operation, made by hand: x halves in every step.
func Example() {
	p := &plan.Program{Name: "decay", Dt: 1, Buffers: []plan.Buffer{{Name: "x", Len: 3}}}
	x := &model.Symbol{Name: "x", Kind: model.Var, Locality: model.Local}
	half := &model.Binary{Op: model.Mul, X: &model.Ref{Sym: x}, Y: &model.Const{V: 0.5}}
	p.Ops = []plan.Op{&plan.Map{Label: "decay", N: 3, Body: []model.Assign{{To: x, X: half}},
		Bind: plan.Bind{x: {Buffer: 0, Index: plan.Own}}}}
	fmt.Print(p)

	run, err := ref.New().Compile(p)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer run.Close()
	s := plan.NewState(p)
	copy(s.F64[0], []float64{1, 2, 3})
	if _, err := run.Run(s, 3, nil); err != nil {
		fmt.Println(err)
	}
	fmt.Println("after step", s.Step, "x =", s.F64[0])
	// Output:
	// program decay: dt = 1 ms, float64, seed 0
	//
	// buffers
	//   x  float64[3]
	//
	// every step
	//   1. map decay: for every element i of 3
	//        x[i] = x[i] * 0.5
	// after step 3 x = [0.125 0.25 0.375]
}
