package main

import (
	"bytes"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/spikebook/spikebook/kernel/worker/wire"
)

// A goroutine that waits in a channel operation, a sleep or a network call of
// the cell cannot look at the interrupt word. Once it was seen waiting twice in
// a row after an interrupt it is left behind, without the patience that running
// code gets.
const (
	firstLook = 70 * time.Millisecond
	nextLook  = 70 * time.Millisecond
)

// goroutineID is the number that tracebacks give the calling goroutine.
func goroutineID() string {
	buf := make([]byte, 64)
	buf = buf[:runtime.Stack(buf, false)]
	id, _, _ := strings.Cut(strings.TrimPrefix(string(buf), "goroutine "), " ")
	return id
}

// watchBlocked leaves r behind as soon as it waits for something that no
// interrupt ends.
func (s *server) watchBlocked(r *run) {
	time.Sleep(firstLook)
	for before := false; ; {
		s.mu.Lock()
		over := s.current != r
		s.mu.Unlock()
		if over {
			return
		}
		blocked := blockedInCell(r.goroutine)
		if blocked && before {
			s.abandon(r)
			return
		}
		before = blocked
		time.Sleep(nextLook)
	}
}

// traceback is what runtime.Stack says of one goroutine: its state, then two
// lines a call, function and place. It is nil if there is no such goroutine.
func traceback(id string) []string {
	buf := make([]byte, 1<<20)
	buf = buf[:runtime.Stack(buf, true)]
	start := bytes.Index(buf, []byte("goroutine "+id+" ["))
	if start < 0 {
		return nil
	}
	trace := string(buf[start:])
	if end := strings.Index(trace, "\n\n"); end >= 0 {
		trace = trace[:end]
	}
	return strings.Split(trace, "\n")
}

// placeInCell is the innermost call of a goroutine in cell code, or nil.
func placeInCell(id string) *wire.Frame {
	lines := traceback(id)
	for i := 1; i+1 < len(lines); i += 2 {
		if !fromCell(lines[i]) {
			continue
		}
		function, place := lines[i], strings.TrimSpace(lines[i+1])
		if k := strings.LastIndexByte(function, '('); k > 0 {
			function = function[:k] // without the arguments
		}
		place, _, _ = strings.Cut(place, " ") // without the program counter
		k := strings.LastIndexByte(place, ':')
		if k < 0 {
			return nil
		}
		line, err := strconv.Atoi(place[k+1:])
		if err != nil {
			return nil
		}
		return &wire.Frame{Func: function, File: place[:k], Line: line}
	}
	return nil
}

// blockedStates are waits that only the program itself ends. A lock or a wait
// group may be waiting for goroutines of the cell, which the interrupt ends: they
// have until the second look.
var blockedStates = []string{"chan receive", "chan send", "select", "sleep", "IO wait",
	"sync.Mutex.Lock", "sync.RWMutex.", "sync.WaitGroup.Wait", "sync.Cond.Wait", "semacquire"}

// waitingPackages are those of the standard library in which cell code waits;
// the caller above them decides whether it is the cell's own wait.
var waitingPackages = []string{"time.", "internal/", "sync.", "net.", "net/http.", "os.", "os/exec.", "syscall.", "io.", "bufio.", "fmt.", "context."}

// blockedInCell tells whether the goroutine waits in one of the blocked states
// on behalf of cell code, not of a library that may have good reason to.
func blockedInCell(id string) bool {
	lines := traceback(id)
	if lines == nil {
		return false
	}
	_, state, _ := strings.Cut(lines[0], "[")
	if !hasPrefix(state, blockedStates) {
		return false
	}
	for i := 1; i+1 < len(lines); i += 2 {
		if hasPrefix(lines[i], waitingPackages) || strings.HasPrefix(lines[i], "runtime.") {
			continue
		}
		return fromCell(lines[i])
	}
	return false
}

// fromCell tells whether a function of a traceback was compiled from a cell.
// Only the tests have cells in this package.
func fromCell(function string) bool {
	return strings.HasPrefix(function, "cell/") || strings.HasPrefix(function, own+"init.func")
}

func hasPrefix(s string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}
