package main

import (
	"bytes"
	"regexp"
	"runtime"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/spikebook/spikebook/kernel/interrupt"
	"github.com/spikebook/spikebook/kernel/worker/wire"
)

// owners keeps by which labels the goroutines of each run are known.
var owners struct {
	mu   sync.Mutex
	runs map[int64]interrupt.Owner
}

// remember notes the labels of a run.
func remember(run int64, owner interrupt.Owner) {
	owners.mu.Lock()
	defer owners.mu.Unlock()
	if owners.runs == nil {
		owners.runs = map[int64]interrupt.Owner{}
	}
	owners.runs[run] = owner
	if len(owners.runs) > 2000 { // those of runs that left nothing
		alive := map[int64]bool{}
		for _, j := range jobs() {
			alive[j.Run] = true
		}
		for n := range owners.runs {
			if !alive[n] && n != run {
				delete(owners.runs, n)
			}
		}
	}
}

var (
	jobLabels = regexp.MustCompile(`"spikebook run":"(\d+)"`)
	jobPlace  = regexp.MustCompile(`(Cell\[[^\]]+\]:\d+)`)
	jobHead   = regexp.MustCompile(`(?m)^(\d+) @`)
)

// jobs lists the goroutines of runs that are not the current statements alone:
// all goroutines that carry a run's label.
func jobs() []wire.Job {
	// The profile with labels groups goroutines that have the same stack.
	var b bytes.Buffer
	if pprof.Lookup("goroutine").WriteTo(&b, 1) != nil {
		return nil
	}
	list := map[int64]*wire.Job{}
	for _, block := range strings.Split(b.String(), "\n\n") {
		m := jobLabels.FindStringSubmatch(block)
		if m == nil {
			continue
		}
		count := 1
		if h := jobHead.FindStringSubmatch(block); h != nil {
			count, _ = strconv.Atoi(h[1])
		}
		run, _ := strconv.ParseInt(m[1], 10, 64)
		j := list[run]
		if j == nil {
			j = &wire.Job{Run: run, Places: []string{}}
			list[run] = j
		}
		j.Count += count
		if p := jobPlace.FindString(block); p != "" && !slices.Contains(j.Places, p) {
			j.Places = append(j.Places, p)
		}
	}
	out := make([]wire.Job, 0, len(list))
	for _, j := range list {
		slices.Sort(j.Places)
		out = append(out, *j)
	}
	slices.SortFunc(out, func(a, b wire.Job) int { return int(a.Run - b.Run) })
	return out
}

// killJobs tells the goroutines of a run to stop where they next look, and
// returns how many there are.
func killJobs(run int64) int {
	count := 0
	for _, j := range jobs() {
		if j.Run == run {
			count = j.Count
		}
	}
	owners.mu.Lock()
	owner, ok := owners.runs[run]
	owners.mu.Unlock()
	if !ok || count == 0 {
		return 0
	}
	interrupt.Leave(owner)
	runtime.Gosched()
	return count
}
