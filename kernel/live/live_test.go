package live

import (
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/spikebook/spikebook/kernel/interrupt"
	"pgregory.net/rapid"
)

func reset(t *testing.T) {
	t.Cleanup(func() {
		for _, s := range Slots() {
			Drop(s.Number)
		}
	})
}

func TestBindKeepsMemoryAndValue(t *testing.T) {
	reset(t)
	p := Bind[int](1)
	if *p != 0 {
		t.Fatalf("new slot holds %d, want 0", *p)
	}
	*p = 42
	if q := Bind[int](1); q != p || *q != 42 {
		t.Errorf("second Bind: %p (%d), want %p (42)", q, *q, p)
	}
	if q := Bind[int](2); q == p {
		t.Error("two slots share memory")
	}
}

func TestBindOfAnotherTypeLeavesTheOldMemoryAlone(t *testing.T) {
	reset(t)
	p := Bind[int](1)
	*p = 42
	s := Bind[string](1)
	if *s != "" || *p != 42 {
		t.Errorf("got %q and %d, want an empty string and 42", *s, *p)
	}
	if Lookup(1) != any(s) {
		t.Error("the slot does not hold the newest variable")
	}
}

// Any sequence of binds and drops behaves as a map from slot to value.
func TestSlotsBehaveAsAMap(t *testing.T) {
	reset(t)
	rapid.Check(t, func(t *rapid.T) {
		for _, s := range Slots() {
			Drop(s.Number)
		}
		want := map[int]int{}
		for range rapid.IntRange(0, 40).Draw(t, "steps") {
			n := rapid.IntRange(0, 9).Draw(t, "slot")
			if rapid.Bool().Draw(t, "drop") {
				Drop(n)
				delete(want, n)
				continue
			}
			*Bind[int](n) += n + 1
			want[n] += n + 1
		}
		got, last := Slots(), -1
		for _, s := range got {
			if s.Number <= last {
				t.Fatalf("slots out of order: %v", got)
			}
			last = s.Number
			if v := *s.Value.(*int); v != want[s.Number] {
				t.Fatalf("slot %d holds %d, want %d", s.Number, v, want[s.Number])
			}
		}
		if len(got) != len(want) {
			t.Fatalf("%d slots, want %d", len(got), len(want))
		}
	})
}

func TestBindFromManyGoroutinesGivesOneCell(t *testing.T) {
	reset(t)
	var wg sync.WaitGroup
	got := make([]*[4]int, 16)
	for i := range got {
		wg.Go(func() { got[i] = Bind[[4]int](7) })
	}
	wg.Wait()
	for _, p := range got {
		if p != got[0] {
			t.Fatal("one slot has two cells")
		}
	}
}

func TestRecoverReportsPanicsButNotInterrupts(t *testing.T) {
	t.Cleanup(func() { report.Store(nil) })
	type seen struct {
		cell  string
		value any
		stack string
	}
	var got []seen
	OnPanic(func(cell string, value any, stack []byte) {
		got = append(got, seen{cell, value, string(stack)})
	})
	run := func(f func()) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			defer Recover("Cell[3]")
			f()
		}()
		<-done
	}
	run(func() {})
	run(interrupt.Panic)
	if len(got) != 0 {
		t.Fatalf("reported %v, want nothing", got)
	}
	run(func() { panic("broken") })
	run(func() { Exit(3) })
	run(func() { var m map[string]int; m["x"] = 1 })
	if len(got) != 3 {
		t.Fatalf("%d reports, want 3", len(got))
	}
	if got[0].cell != "Cell[3]" || got[0].value != "broken" || !strings.Contains(got[0].stack, "TestRecoverReports") {
		t.Errorf("first report: %v", got[0])
	}
	if got[1].value != (Exited{3}) {
		t.Errorf("second report: %v, want Exited{3}", got[1].value)
	}
	if err, ok := got[2].value.(error); !ok || !strings.Contains(err.Error(), "nil map") {
		t.Errorf("third report: %v", got[2].value)
	}
}

type before struct {
	n    int
	next *before
}

type after struct {
	n    int
	next *after
}

func (a *after) sum() (total int) {
	for ; a != nil; a = a.next {
		total += a.n
	}
	return total
}

// S-5: memory goes on under another type; both see the same, and the collector
// keeps what hangs on it.
func TestCarryGoesOnWithTheSameMemory(t *testing.T) {
	reset(t)
	old := Bind[map[string]*before](1)
	*old = map[string]*before{"a": {1, &before{2, nil}}, "b": {3, nil}}
	carried := Carry[map[string]*after](2, 1)
	for range 50 {
		(*carried)["c"] = &after{4, (*carried)["a"]}
		runtime.GC()
		if got := (*carried)["c"].sum(); got != 7 {
			t.Fatalf("sum is %d, want 7", got)
		}
	}
	if (*old)["c"].next.n != 1 {
		t.Error("the older type does not see the newer value")
	}
	if Carry[map[string]*after](2, 1) != carried || Bind[map[string]*after](2) != carried {
		t.Error("a second binding has other memory")
	}
	if p := Carry[int](4, 3); *p != 0 {
		t.Errorf("carried from nothing: %d", *p)
	}
}

func TestDefinedIsTakenOnce(t *testing.T) {
	TakeDefined()
	Defined(3, 1)
	Defined(1)
	if got := TakeDefined(); !slices.Equal(got, []int{3, 1}) {
		t.Errorf("got %v, want [3 1]", got)
	}
	if got := TakeDefined(); len(got) > 0 {
		t.Errorf("the second time: %v", got)
	}
}

func TestPlainRemovesTheMark(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "plain é": "plain é", "{Ꞌx:1 ꞋꞋy:2}Ꞌ": "{x:1 y:2}", "Ꞌ": "", "\xea\x9e": "\xea\x9e",
	} {
		if got := Plain(text); got != want {
			t.Errorf("Plain(%q) = %q, want %q", text, got, want)
		}
	}
}
