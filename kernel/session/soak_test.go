package session

import (
	"fmt"
	"math/rand"
	"os"
	"regexp"
	"strconv"
	"testing"
	"time"
)

// A notebook of many cells in random order: redefinitions, panics, mistakes,
// interrupts and collections. The state is what the successful cells made of it.
func TestManyCellsOfAllKinds(t *testing.T) {
	const seed, cells = 1, 80
	rng := rand.New(rand.NewSource(seed))
	n := open(t)
	n.ok("sum := 0\nkeep := map[string][]*int{}")
	want := 0
	began := privateMemory(t, n)
	for i := range cells {
		switch rng.Intn(7) {
		case 0:
			n.want(fmt.Sprintf("func f%d(v int) int { return v + %d }\nf%d(1)", i%7, i, i%7), fmt.Sprint(i+1))
		case 1:
			n.want(fmt.Sprintf("type t%d struct{ a int; b []string }\nv%d := t%d{%d, []string{\"x\"}}\nv%d.a", i%5, i, i%5, i, i), fmt.Sprint(i))
		case 2:
			n.ok(fmt.Sprintf("keep[fmt.Sprint(%d)] = append(keep[\"a\"], new(int))\nruntime.GC()", i))
		case 3:
			n.fails("var q []int\nq[3]", "panic")
		case 4:
			n.fails("undefined_", "CompileError")
		case 5:
			_, r, _ := n.interruptAfter("for i := 0; ; i++ {\n\tkeep[fmt.Sprint(i%100)] = []*int{new(int)}\n}", 5*time.Millisecond)
			if r.Err == nil || r.Err.EName != "Interrupted" {
				t.Fatalf("seed %d, cell %d: ended as %+v", seed, i, r.Err)
			}
		case 6:
			n.ok("sum++")
			want++
		}
	}
	n.want("runtime.GC()\nsum", fmt.Sprint(want))
	t.Logf("anonymous memory of the worker: %d kB at first, %d kB after %d cells", began, privateMemory(t, n), cells)
}

// privateMemory is the anonymous memory of the worker in kB: what its cells cost
// beside pages of files, which the system can take back.
func privateMemory(t *testing.T, n *notebook) int {
	t.Helper()
	rollup, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", n.s.current().PID()))
	if err != nil {
		return 0 // not Linux
	}
	m := regexp.MustCompile(`(?m)^Anonymous:\s+(\d+) kB`).FindSubmatch(rollup)
	if m == nil {
		return 0
	}
	kB, _ := strconv.Atoi(string(m[1]))
	return kB
}
