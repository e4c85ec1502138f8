package session

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// interruptAfter runs a cell, interrupts it and returns how long it took to end.
func (n *notebook) interruptAfter(code string, d time.Duration) (time.Duration, Result, *shown) {
	n.t.Helper()
	out, done := n.start(code)
	for n.s.current() == nil { // the first cell waits for the worker
		time.Sleep(time.Millisecond)
	}
	select {
	case r := <-done:
		n.t.Fatalf("cell\n%s\nended before its interrupt: %+v", code, r.Err)
	case <-n.running():
	}
	time.Sleep(d)
	at := time.Now()
	n.s.Interrupt()
	select {
	case r := <-done:
		return time.Since(at), r, out
	case <-time.After(30 * time.Second):
		n.t.Fatalf("cell\n%s\ndoes not end", code)
		panic("unreachable")
	}
}

// running is closed when the worker runs the cell, as far as the kernel sees.
func (n *notebook) running() chan struct{} {
	running := make(chan struct{})
	go func() {
		defer close(running)
		deadline := time.Now().Add(time.Minute)
		for time.Now().Before(deadline) {
			if w := n.s.current(); w != nil && w.Running() {
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	return running
}

// The loop shapes of the specification's §7.4.
func TestInterruptKeepsState(t *testing.T) {
	n := open(t)
	n.ok("sentinel := 17")
	for _, c := range []struct{ name, code string }{
		{"empty loop", "for {\n}"},
		{"arithmetic", "s := 0\nfor i := 0; ; i++ {\n\ts += i * i\n}"},
		{"allocation", "var keep [][]int\nfor i := 0; ; i++ {\n\tkeep = append(keep[:i%10], make([]int, 1000))\n\tif i%10 == 9 {\n\t\ti = -1\n\t}\n}"},
		{"map", "m := map[int]int{}\nfor i := 0; ; i++ {\n\tm[i%1000] = i\n}"},
		{"sort", "for {\n\txs := rand.Perm(100000)\n\tsort.Ints(xs)\n}"},
		{"channel receive", "ch := make(chan int)\n<-ch"},
		{"channel send", "sink := make(chan int)\nsink <- 1"},
		{"range over channel", "feed := make(chan int)\nfor range feed {\n}"},
		{"select", "a, b := make(chan int), make(chan int)\nselect {\ncase <-a:\ncase b <- 1:\n}"},
		{"empty select", "select {}"},
		{"sleep", "time.Sleep(time.Hour)"},
		{"recursion", "func fib(k int) int {\n\tif k < 2 {\n\t\treturn k\n\t}\n\treturn fib(k-1) + fib(k-2)\n}\nfib(200)"},
		{"goroutine and wait", "var wg sync.WaitGroup\nwg.Add(1)\ngo func() {\n\tdefer wg.Done()\n\tfor {\n\t}\n}()\nwg.Wait()"},
		{"mutex", "var mu sync.Mutex\nmu.Lock()\nmu.Lock()"},
		{"network read", "l, err := net.Listen(\"tcp\", \"127.0.0.1:0\")\nif err != nil {\n\tpanic(err)\n}\nl.Accept()"},
		{"goto", "i := 0\nagain:\ni++\ngoto again"},
		{"printing", "for i := 0; ; i++ {\n\tfmt.Println(i)\n}"},
		{"range over function", "for range func(yield func(int) bool) {\n\tfor yield(1) {\n\t}\n} {\n}"},
	} {
		t.Run(c.name, func(t *testing.T) {
			took, r, _ := n.interruptAfter(c.code, 50*time.Millisecond)
			left := ""
			if r.Err != nil && strings.Contains(r.Err.EValue, "background") {
				left = ", left behind"
			}
			t.Logf("ended after %v%s", took.Round(100*time.Microsecond), left)
			if r.Err == nil || r.Err.EName != "Interrupted" || !r.Interrupted {
				t.Fatalf("ended as %+v", r)
			}
			n.want("sentinel", "17")
		})
	}
}

// A cell that waits for the rate limit of displays ends as fast as any other.
func TestInterruptOfAFloodOfDisplays(t *testing.T) {
	n := open(t)
	n.ok("1")
	took, r, _ := n.interruptAfter("for i := 0; ; i++ {\n\tgonbui.UpdateHTML(\"flood\", fmt.Sprint(i))\n}", 1300*time.Millisecond)
	if r.Err == nil || !r.Interrupted || strings.Contains(r.Err.EValue, "background") || took > time.Second {
		t.Errorf("ended after %v as %+v", took, r.Err)
	}
	n.want("2", "2")
}

// Who stops a cell wants to know what it was doing.
func TestInterruptShowsWhere(t *testing.T) {
	n := open(t)
	for _, c := range []struct{ code, want string }{
		{"x := 1\nfor {\n\tx++\n}", "Line 2"},
		{"ch := make(chan int)\n<-ch", "Line 2"}, // left behind
		{"func wait() {\n\ttime.Sleep(time.Hour)\n}\nwait()", "Line 2, in wait"},
	} {
		_, r, _ := n.interruptAfter(c.code, 50*time.Millisecond)
		if r.Err == nil || !r.Interrupted {
			t.Fatalf("%s\nended as %+v", c.code, r.Err)
		}
		text := strings.Join(r.Err.Traceback, "\n")
		if want := fmt.Sprintf("Cell [%d]: %s", n.count, c.want); !strings.Contains(strings.ReplaceAll(text, plain, ""), want) {
			t.Errorf("%s\nsays\n%s\nwant %s", c.code, text, want)
		}
	}
}

func TestInterruptDuringTheBuild(t *testing.T) {
	n := open(t)
	n.ok("x := 1")
	for _, after := range []time.Duration{0, time.Millisecond, 5 * time.Millisecond, 30 * time.Millisecond, 100 * time.Millisecond} {
		_, done := n.start("y := " + strings.Repeat("1+", int(after/time.Millisecond)) + "1\ntime.Sleep(time.Minute)")
		time.Sleep(after)
		for sent := time.Now(); ; {
			n.s.Interrupt() // the cell may not have begun yet
			select {
			case r := <-done:
				if r.Err == nil || r.Err.EName != "Interrupted" {
					t.Errorf("after %v: ended as %+v", after, r.Err)
				}
			case <-time.After(100 * time.Millisecond):
				if time.Since(sent) > 20*time.Second {
					t.Fatal("cell does not end")
				}
				continue
			}
			break
		}
	}
	n.want("x", "1")
}

func TestInterruptBetweenCellsDoesNothing(t *testing.T) {
	n := open(t)
	n.s.Interrupt()
	n.want("1", "1")
	n.s.Interrupt()
	n.want("for i := 0; i < 1000; i++ {\n}\n2", "2")
}

func TestEndOfTheContextInterrupts(t *testing.T) {
	n := open(t)
	n.ok("x := 0")
	ctx, stop := context.WithTimeout(context.Background(), 2*time.Second)
	defer stop()
	r := n.s.Execute(ctx, Request{Code: "for {\n\tx++\n}", Count: 2}, &shown{})
	if !r.Interrupted {
		t.Errorf("ended as %+v", r)
	}
	n.want("x > 0", "true")
}

func TestInterruptOfAShellCommand(t *testing.T) {
	n := open(t)
	out, done := n.start("!trap 'echo caught; exit 5' INT; echo here; sleep 100 & wait; echo not reached")
	deadline := time.Now().Add(20 * time.Second)
	for !strings.Contains(out.String(), "here") && time.Now().Before(deadline) {
		time.Sleep(5 * time.Millisecond)
	}
	n.s.Interrupt()
	r := <-done
	if !r.Interrupted || out.stream("stdout") != "here\ncaught\n" {
		t.Errorf("ended as %+v; shown %s", r.Err, out)
	}
}

func TestShellCommandThatIgnoresSignalsIsKilled(t *testing.T) {
	n := open(t)
	out, done := n.start("!trap '' INT TERM; echo here; while true; do sleep 0.1; done")
	deadline := time.Now().Add(20 * time.Second)
	for !strings.Contains(out.String(), "here") && time.Now().Before(deadline) {
		time.Sleep(5 * time.Millisecond)
	}
	n.s.Interrupt()
	select {
	case r := <-done:
		if !r.Interrupted {
			t.Errorf("ended as %+v", r.Err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the command lives on")
	}
}

// A loop that mostly waits is left behind, and ends when it wakes up during a
// later cell.
func TestCellLeftBehindDoesNotComeBack(t *testing.T) {
	n := open(t)
	n.ok("ticks := 0")
	_, r, first := n.interruptAfter("for range time.Tick(400 * time.Millisecond) {\n\tticks++\n\tfmt.Println(\"tick\")\n}", 50*time.Millisecond)
	if !r.Interrupted {
		t.Fatalf("ended as %+v", r.Err)
	}
	_, out := n.ok("for began := time.Now(); time.Since(began) < 1500*time.Millisecond; {\n}")
	if strings.Contains(out.String(), "tick") {
		t.Errorf("an interrupted loop went on: %s", out)
	}
	n.want("ticks", fmt.Sprint(strings.Count(first.String(), "tick")))
}

func TestCloseEndsARunningCell(t *testing.T) {
	n := open(t)
	n.ok("1")
	_, done := n.start("for {\n}")
	<-n.running()
	if err := n.s.Close(); err != nil {
		t.Error(err)
	}
	if r := <-done; r.Err == nil {
		t.Error("cell succeeded")
	}
	if r := n.s.Execute(context.Background(), Request{Code: "1", Count: 9}, &shown{}); r.Err == nil || r.Err.EName != "Closed" {
		t.Errorf("execute after close: %+v", r)
	}
}

// A running simulation stops within a step or some, keeps its state, and can go on.
func TestInterruptOfASimulation(t *testing.T) {
	n := open(t)
	n.ok(`leaky := snn.Rate("tau*dr/dt + r = sum(exc) + 1 : min=0", snn.P{"tau": 10})
net := snn.New("ring", snn.Seed(1))
pop := net.Population("pop", leaky, 20, 20)
net.Connect(pop, pop, snn.AllToAll()).Target("exc").Weight(snn.Uniform(0, 0.0001))
sim := snn.Must(net.Build())`)
	for _, code := range []string{
		"sim.Run(1e9 * snn.Millisecond)", // the error is the value of the cell
		"sim.Run(1e9 * snn.Millisecond)\nfmt.Println(\"not reached?\")",
		"for range sim.Trials(1e9) {\n\tsnn.Must(0, sim.Run(10*snn.Millisecond))\n}",
	} {
		took, r, _ := n.interruptAfter(code, 50*time.Millisecond)
		t.Logf("ended after %v", took.Round(100*time.Microsecond))
		if r.Err == nil || r.Err.EName != "Interrupted" || strings.Contains(r.Err.EValue, "background") {
			t.Fatalf("ended as %+v", r.Err)
		}
		n.want("sim.Time() > 0 && sim.Err() == nil", "true")
		n.ok("sim.Run(10 * snn.Millisecond)")
	}
}
