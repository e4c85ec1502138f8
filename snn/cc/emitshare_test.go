package cc

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spikebook/spikebook/snn/plan"
)

// A thousand operations alike are one function of the source and a thousand lines
// of the table, each with its own buffers and sizes.
func TestOperationsShareFunctions(t *testing.T) {
	p := &plan.Program{Name: "many", Dt: 1, Float: plan.F64}
	for k := range 1000 {
		p.Buffers = append(p.Buffers, plan.Buffer{Name: fmt.Sprint("x", k), Len: 2 + k}, plan.Buffer{Name: fmt.Sprint("mean", k), Len: 1})
		p.Ops = append(p.Ops, &plan.Reduce{Operation: "mean", In: 2 * k, Out: 2*k + 1})
	}
	p.Ops = append(p.Ops, &plan.Reduce{Operation: "max", In: 0, Out: 1}, &plan.Reduce{Operation: "mean", In: 0, Out: 3})
	u, err := emit(p, normal)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(u.source, "static void op"); n != 2 {
		t.Errorf("the source has %d functions of operations, want one for means and one for the largest:\n%s", n, u.source)
	}
	var got [][3]int64
	for _, stage := range u.n[2 : 2+u.n[0]] {
		for _, chain := range u.n[stage+1 : stage+1+u.n[stage]] {
			for k := range u.n[chain+1] {
				function, block := u.n[chain+2+9*k], u.n[chain+3+9*k]
				got = append(got, [3]int64{function, u.n[block], u.n[block+1]})
			}
		}
	}
	if len(got) != 1002 {
		t.Fatalf("the table has %d operations, want 1002", len(got))
	}
	for _, want := range [][3]int64{{0, 2, 0}, {0, 9, 14}, {0, 1001, 1998}, {1, 2, 0}} {
		if !slices.Contains(got, want) {
			t.Errorf("no operation has the function, size and input %v", want)
		}
	}
}
