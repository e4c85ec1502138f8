package live

import (
	"io"
	"reflect"
	"testing"
)

type (
	former  struct{ n int }
	renewed struct{ n int }
)

func (r renewed) twice() int { return 2 * r.n }

var declaredAgain = []Renewed{{
	Name: "former",
	Old:  []any{(*former)(nil), (**former)(nil), (*[]former)(nil)},
	New:  []any{(*renewed)(nil), (**renewed)(nil), (*[]renewed)(nil)},
}}

func TestRenewLooksBehindInterfaces(t *testing.T) {
	reset(t)
	one := &former{1}
	v := Bind[any](1)
	*v = map[any]any{
		former{2}: one,
		"list":    []former{{3}},
		"again":   struct{ a, b any }{one, [2]any{former{4}, nil}},
		"other":   io.EOF,
	}
	Renew(declaredAgain, []Holder{{1, "v", "Cell [1]"}, {7, "unbound", "Cell [1]"}})
	m := (*v).(map[any]any)
	p, ok := m[renewed{2}].(*renewed)
	if !ok || len(m) != 4 {
		t.Fatalf("got %#v", m)
	}
	one.n = 5
	inner := m["again"].(struct{ a, b any })
	if p.n != 5 || p.twice() != 10 || inner.a != any(p) {
		t.Error("a pointer no longer leads to the memory that it led to")
	}
	if l := m["list"].([]renewed); l[0].n != 3 {
		t.Errorf("slice: %v", l)
	}
	if inner.b.([2]any)[0] != (renewed{4}) || m["other"] != io.EOF {
		t.Errorf("got %#v", m)
	}
}

// Memory that leads back to itself is walked once.
func TestRenewEndsInCycles(t *testing.T) {
	reset(t)
	list := Bind[[]any](1)
	*list = []any{nil, former{1}, nil}
	m := map[string]any{"list": *list}
	m["self"] = m
	(*list)[0], (*list)[2] = *list, m
	p := Bind[*any](2)
	*p = new(any)
	**p = *p
	Renew(declaredAgain, []Holder{{1, "list", "Cell [1]"}, {2, "p", "Cell [1]"}})
	if (*list)[1] != (renewed{1}) || (*list)[2].(map[string]any)["list"].([]any)[1] != (renewed{1}) {
		t.Errorf("got %#v", (*list)[1])
	}
}

func TestRenewLeavesWhatDoesNotFit(t *testing.T) {
	reset(t)
	v := Bind[[]any](1)
	*v = []any{former{1}, map[float64]former{1: {1}}}
	types := []Renewed{declaredAgain[0]}
	Renew(types, []Holder{{1, "v", "Cell [1]"}})
	if (*v)[0] != (renewed{1}) || reflect.TypeOf((*v)[1]) != reflect.TypeOf(map[float64]former{}) {
		t.Errorf("got %#v", *v)
	}
	(*v)[0] = former{2}
	types[0].Why = "field m is new"
	Renew(types, []Holder{{1, "v", "Cell [1]"}})
	if (*v)[0] != (former{2}) {
		t.Errorf("memory that means something else went on as %#v", (*v)[0])
	}
}
