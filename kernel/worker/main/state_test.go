package main

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/spikebook/spikebook/kernel/live"
	"github.com/spikebook/spikebook/kernel/worker"
)

var stuckLock sync.Mutex

var stateCells = map[string]func(string) []any{
	"define": func(string) []any { // x := 1; panic(…); y := 2
		*live.Bind[int](1) = 1
		live.Defined(1)
		*live.Bind[[]byte](2) = make([]byte, 50<<20)
		live.Defined(2, 3)
		panic("between")
	},
	"held": func(string) []any { return []any{fmt.Sprint(live.Lookup(1) != nil, live.Lookup(2) != nil)} },
	"late": func(string) []any { // goes on after it was left behind
		time.Sleep(400 * time.Millisecond)
		live.Defined(9)
		return nil
	},
	"lock": func(string) []any { stuckLock.Lock(); stuckLock.Lock(); return nil },
	"cond": func(string) []any {
		c := sync.NewCond(&sync.Mutex{})
		c.L.Lock()
		c.Wait()
		return nil
	},
	"once": func(string) []any {
		var group sync.WaitGroup
		group.Add(1)
		group.Wait()
		return nil
	},
	"workers": func(string) []any { // its goroutines look whether they should stop
		var group sync.WaitGroup
		group.Go(func() {
			defer live.Recover("Cell [1]")
			for {
				check()
			}
		})
		group.Wait()
		check()
		return nil
	},
}

func init() { maps.Copy(testCells, stateCells) }

// S-6: the report of a run names what it came to define, however it ended.
func TestRunsReportWhatTheyDefined(t *testing.T) {
	w := start(t)
	if r, _ := mustRun(t, w, "define"); r.Panic == nil || !slices.Equal(r.Defined, []int{1, 2, 3}) {
		t.Errorf("defined %v, panic %v; want [1 2 3]", r.Defined, r.Panic)
	}
	if r, _ := mustRun(t, w, "count"); len(r.Defined) > 0 {
		t.Errorf("the next run defined %v", r.Defined)
	}
	// What a run does after it was left behind is nobody's.
	time.AfterFunc(20*time.Millisecond, w.Interrupt)
	if r, _ := mustRun(t, w, "late"); !r.Abandoned || len(r.Defined) > 0 {
		t.Errorf("left behind: %+v", r)
	}
	time.Sleep(500 * time.Millisecond)
	if r, _ := mustRun(t, w, "count"); len(r.Defined) > 0 {
		t.Errorf("the next run defined %v", r.Defined)
	}
}

// S-7: freeing comes before the next run.
func TestFreeForgetsVariables(t *testing.T) {
	w := start(t)
	mustRun(t, w, "define")
	w.Free([]int{2, 77})
	w.Free(nil)
	if r, _ := mustRun(t, w, "held"); plain(r) != "true false" {
		t.Errorf("held: %s, want true false", plain(r))
	}
}

// Waits for locks end like other waits; those for goroutines of the cell end
// when these do, and nothing is left behind.
func TestInterruptOfLocks(t *testing.T) {
	w := start(t)
	end := func(cell string) worker.RunResult {
		began := time.Now()
		time.AfterFunc(20*time.Millisecond, w.Interrupt)
		r, _ := mustRun(t, w, cell)
		t.Logf("%s: ended after %v", cell, time.Since(began))
		if !r.Interrupted {
			t.Errorf("%s ended as %+v", cell, r)
		}
		return r
	}
	for _, cell := range []string{"lock", "cond", "once"} {
		if r := end(cell); !r.Abandoned {
			t.Errorf("%s ended as %+v", cell, r)
		}
	}
	// On a busy machine the goroutine may not get to look in time.
	for range 5 {
		if !end("workers").Abandoned {
			return
		}
	}
	t.Error("workers: left behind though its goroutines look")
}
