package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/spikebook/spikebook/kernel/comm"
	"github.com/spikebook/spikebook/kernel/interrupt"
	"github.com/spikebook/spikebook/kernel/live"
	"github.com/spikebook/spikebook/kernel/worker/wire"
)

// talking returns a front whose reports come on a channel.
func talking(t *testing.T) (*front, chan wire.Report) {
	t.Helper()
	stdin := os.Stdin
	reports := make(chan wire.Report, 100)
	f := newFront(func(r wire.Report) { reports <- r })
	t.Cleanup(func() {
		f.end()
		comm.Connect(nil)
		interrupt.Clear()
		os.Stdin = stdin
	})
	return f, reports
}

// report waits for the next report of one kind.
func report(t *testing.T, reports chan wire.Report, op string) wire.Report {
	t.Helper()
	for {
		select {
		case r := <-reports:
			if r.Op == op {
				return r
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("no report %s", op)
		}
	}
}

func TestALineIsAskedForWhenSomebodyReads(t *testing.T) {
	f, reports := talking(t)
	f.begin("request")
	select {
	case r := <-reports:
		t.Fatalf("asked by %v although nobody reads", r)
	case <-time.After(10 * hungerLook):
	}
	lines := make(chan string)
	go func() {
		in := bufio.NewReader(os.Stdin)
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				lines <- "error"
				return
			}
			lines <- line
		}
	}()
	for _, answer := range []string{"one", "", "three"} {
		r := report(t, reports, wire.Input)
		if r.ID == 0 || r.Ask != nil {
			t.Errorf("asked by %+v", r)
		}
		f.command(wire.Command{Op: wire.Input, ID: r.ID, ToFront: wire.ToFront{Text: answer}})
		if got := <-lines; got != answer+"\n" {
			t.Errorf("read %q, want %q", got, answer)
		}
	}
	report(t, reports, wire.Input)
	f.command(wire.Command{Op: wire.Input, ToFront: wire.ToFront{Text: "of gonbui"}})
	if got := <-lines; got != "of gonbui\n" {
		t.Errorf("read %q", got)
	}
	f.halt() // an interrupt ends the read
	if got := <-lines; got != "error" {
		t.Errorf("interrupted: read %q", got)
	}
}

func TestUnreadInputIsDroppedAtTheEnd(t *testing.T) {
	f, _ := talking(t)
	f.begin("")
	f.input.line("left over")
	f.end()
	f.begin("")
	f.input.line("new")
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if line != "new\n" {
		t.Errorf("read %q, %v", line, err)
	}
}

func TestARefusalEndsTheRead(t *testing.T) {
	f, reports := talking(t)
	f.begin("")
	failed := make(chan error)
	go func() {
		_, err := fmt.Scanln()
		failed <- err
	}()
	r := report(t, reports, wire.Input)
	f.command(wire.Command{Op: wire.Input, ID: r.ID, ToFront: wire.ToFront{Refuse: "nobody is there"}})
	select {
	case err := <-failed:
		if err == nil {
			t.Error("the read succeeded")
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the read goes on")
	}
}

// events opens a comm whose handler is f and returns how to send it events.
func events(t *testing.T, f *front, reports chan wire.Report, handle func(comm.Event)) (send func(number int64, data string)) {
	t.Helper()
	c, err := comm.Open("t", nil)
	if err != nil {
		t.Fatal(err)
	}
	report(t, reports, wire.Comm)
	c.OnMessage(handle)
	return func(number int64, data string) {
		f.command(wire.Command{Op: wire.Comm, ID: number, ToFront: wire.ToFront{
			Comm: &comm.Message{Kind: comm.Messages, ID: c.ID(), Data: json.RawMessage(data)}}})
	}
}

func TestEventsAreHandledInTurn(t *testing.T) {
	f, reports := talking(t)
	var seen []string
	send := events(t, f, reports, func(e comm.Event) {
		time.Sleep(time.Millisecond)
		seen = append(seen, string(e.Data))
	})
	for i := range int64(20) {
		send(i+1, fmt.Sprint(i))
	}
	for i := range int64(20) {
		if r := report(t, reports, wire.Handled); r.ID != i+1 {
			t.Fatalf("handled %d, want %d", r.ID, i+1)
		}
	}
	if len(seen) != 20 || seen[0] != "0" || seen[19] != "19" {
		t.Errorf("seen %v", seen)
	}
}

// A handler that panics, waits for ever or never looks costs only itself.
func TestHandlersThatDoNotEndWell(t *testing.T) {
	f, reports := talking(t)
	release := make(chan bool)
	defer close(release)
	send := events(t, f, reports, func(e comm.Event) {
		switch string(e.Data) {
		case `"panic"`:
			panic("in a handler")
		case `"watch"`:
			for !interrupt.Requested() {
				time.Sleep(time.Millisecond)
			}
			interrupt.Panic()
		case `"stuck"`:
			<-release
		}
	})
	send(1, `"panic"`)
	report(t, reports, wire.Handled)
	for number, what := range []string{`"watch"`, `"stuck"`} {
		send(int64(10+number), what)
		time.Sleep(20 * time.Millisecond)
		began := time.Now()
		f.command(wire.Command{Op: wire.StopEvents})
		if r := report(t, reports, wire.Handled); r.ID != int64(10+number) {
			t.Errorf("handled %d", r.ID)
		}
		if took := time.Since(began); took > wire.AbandonTime+2*time.Second {
			t.Errorf("%s: %v", what, took)
		}
		send(20, `"quick"`)
		if r := report(t, reports, wire.Handled); r.ID != 20 {
			t.Errorf("after %s: handled %d", what, r.ID)
		}
	}
}

func TestNoHandlerBeginsWhileACellIsBeingInterrupted(t *testing.T) {
	f, reports := talking(t)
	done := make(chan bool, 1)
	send := events(t, f, reports, func(comm.Event) { done <- interrupt.Requested() })
	f.begin("")
	interrupt.Set()
	f.halt()
	send(1, `{}`)
	select {
	case <-done:
		t.Error("a handler began")
	case <-time.After(50 * time.Millisecond):
	}
	f.end()
	if <-done {
		t.Error("the handler was asked to stop")
	}
}

func TestSyncAndAskWaitForTheirAnswer(t *testing.T) {
	f, reports := talking(t)
	over := make(chan string)
	go func() {
		comm.Sync()
		text, err := comm.Ask("who?", true)
		over <- fmt.Sprint(text, " ", err)
		_, err = comm.Ask("again?", false)
		over <- fmt.Sprint(err)
	}()
	f.command(wire.Command{Op: wire.Sync, ID: report(t, reports, wire.Sync).ID})
	r := report(t, reports, wire.Input)
	if r.Ask == nil || r.Ask.Prompt != "who?" || !r.Ask.Password {
		t.Errorf("asked by %+v", r.Ask)
	}
	f.command(wire.Command{Op: wire.Input, ID: r.ID, ToFront: wire.ToFront{Text: "Ada"}})
	if got := <-over; got != "Ada <nil>" {
		t.Errorf("got %s", got)
	}
	f.command(wire.Command{Op: wire.Input, ID: report(t, reports, wire.Input).ID, ToFront: wire.ToFront{Refuse: "nobody"}})
	if got := <-over; !strings.Contains(got, "nobody") {
		t.Errorf("got %s", got)
	}
	f.command(wire.Command{Op: wire.Sync, ID: 99}) // an answer to nothing
}

type figure struct {
	Ꞌside int
	Name  string
	next  *figure
	table map[string]int
	list  []int
	any   any
}

func (figure) String() string { panic("a method was called") }

func TestShow(t *testing.T) {
	*live.Bind[figure](1) = figure{Ꞌside: 3, Name: "a", next: &figure{Ꞌside: 4}, table: map[string]int{"k": 5}, list: []int{6, 7}, any: 8}
	*live.Bind[*figure](2) = nil
	*live.Bind[map[int8]string](3) = map[int8]string{2: "two"}
	t.Cleanup(func() {
		for slot := 1; slot <= 3; slot++ {
			live.Drop(slot)
		}
	})
	one, nine, k, none := 1, 9, "k", "none"
	two := 2
	for _, c := range []struct {
		slot  int
		steps []wire.Step
		want  string // "" means an error
	}{
		{1, []wire.Step{{Field: "side"}}, "3"},
		{1, []wire.Step{{Field: "Name"}}, "a"},
		{1, []wire.Step{{Field: "next"}, {Field: "side"}}, "4"},
		{1, []wire.Step{{Field: "next"}, {Deref: true}, {Field: "side"}}, "4"},
		{1, []wire.Step{{Field: "table"}, {Key: &k}}, "5"},
		{1, []wire.Step{{Field: "table"}, {Key: &none}}, "0"},
		{1, []wire.Step{{Field: "list"}, {Index: &one}}, "7"},
		{1, []wire.Step{{Field: "any"}}, "8"},
		{1, []wire.Step{{Field: "list"}, {Index: &nine}}, ""},
		{1, []wire.Step{{Field: "list"}, {Key: &k}}, ""},
		{1, []wire.Step{{Field: "nope"}}, ""},
		{1, []wire.Step{{Field: "side"}, {Field: "x"}}, ""},
		{2, nil, "<nil>"},
		{2, []wire.Step{{Field: "side"}}, ""},
		{3, []wire.Step{{Index: &two}}, "two"},
		{3, []wire.Step{{Key: &k}}, ""},
		{77, nil, ""},
	} {
		got, err := show(wire.Show{Slot: c.slot, Steps: c.steps})
		if c.want == "" {
			if err == nil {
				t.Errorf("slot %d, %v: %v, want an error", c.slot, c.steps, got)
			}
			continue
		}
		if err != nil || !reflect.DeepEqual(got.(wire.Shown).Data["text/plain"], c.want) {
			t.Errorf("slot %d, %v: %v, %v, want %s", c.slot, c.steps, got, err, c.want)
		}
	}
	// In few words, no method runs.
	got, err := show(wire.Show{Slot: 1, Quiet: true})
	if text := fmt.Sprint(got); err != nil || !strings.Contains(text, "next:(*main.figure)") || !strings.Contains(text, "1 entries") {
		t.Errorf("%s, %v", text, err)
	}
}
