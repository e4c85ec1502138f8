package interrupt

import (
	"context"
	"runtime/pprof"
	"testing"
)

func TestOnlyTheOwnerLeftBehindStops(t *testing.T) {
	t.Cleanup(Clear)
	type answer struct{ self, child, other bool }
	ask := make(chan bool)
	answers := make(chan answer)
	owner := make(chan Owner)
	go func() {
		pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), pprof.Labels("run", "1")))
		owner <- Self()
		for range ask {
			child := make(chan bool)
			go func() { child <- Requested() }()
			answers <- answer{self: Requested(), child: <-child}
		}
	}()
	o := <-owner
	check := func(when string, want answer) {
		t.Helper()
		ask <- true
		got := <-answers
		got.other = Requested()
		if got != want {
			t.Errorf("%s: got %+v, want %+v", when, got, want)
		}
	}
	check("at first", answer{})
	Leave(o)
	Leave(o) // twice is once
	check("left behind", answer{self: true, child: true})
	Set()
	check("word set", answer{true, true, true})
	Clear()
	check("word cleared", answer{self: true, child: true})
	Forget(o)
	check("forgotten", answer{})
	Leave(Owner{}) // goroutines without labels are nobody's
	if Requested() {
		t.Error("goroutines without labels stop")
	}
	close(ask)
}

func BenchmarkRequested(b *testing.B) {
	for b.Loop() {
		if Requested() {
			b.Fatal("requested")
		}
	}
}
