package worker

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// recorder is an Output that keeps what it gets.
type recorder struct {
	mu       sync.Mutex
	events   []string
	messages []int // bytes of each
	at       []time.Time
	displays []Display
}

func (r *recorder) add(event string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, event)
	cost := 0 // servers count the bytes of text only
	if strings.HasPrefix(event, "std") {
		cost = messageCost + jsonLen(event)
	}
	r.messages = append(r.messages, cost)
	r.at = append(r.at, time.Now())
}

func (r *recorder) Stream(name, text string) { r.add(name + ":" + text) }
func (r *recorder) ClearOutput(bool)         {}
func (r *recorder) Display(d Display) {
	r.mu.Lock()
	r.displays = append(r.displays, d)
	r.mu.Unlock()
	kind := "display:"
	if d.Update {
		kind = "update:"
	}
	r.add(kind + fmt.Sprint(d.Data["text/plain"]))
}

func (r *recorder) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	for _, e := range r.events {
		_, text, _ := strings.Cut(e, ":")
		b.WriteString(text)
	}
	return b.String()
}

func (r *recorder) list() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.events...)
}

func plainDisplay(text, id string) Display {
	return Display{Data: map[string]any{"text/plain": text}, ID: id}
}

func TestFirstTextGoesOutAtOnceAndTheRestTogether(t *testing.T) {
	o, r := NewOutlet(JupyterLimits), &recorder{}
	o.Begin(r, "")
	for i := range 50 {
		o.Text("stdout", fmt.Sprintln(i))
	}
	if got := r.list(); len(got) != 1 || got[0] != "stdout:0\n" {
		t.Fatalf("at once: %q", got)
	}
	time.Sleep(3 * coalesce)
	if got := r.list(); len(got) != 2 || !strings.HasSuffix(got[1], "48\n49\n") {
		t.Errorf("later: %q", got)
	}
}

// Who interrupts a cell that prints does not wait for the rate limit, and the
// server is not given more than it takes.
func TestStopLeavesOutWhatWaits(t *testing.T) {
	limits := JupyterLimits
	limits.Window = time.Hour // however slow the machine is
	o, r := NewOutlet(limits), &recorder{}
	o.Begin(r, "")
	defer o.Close()
	line := strings.Repeat("x", 99) + "\n"
	for range 42_000 { // the window is full after 2.7 MB, a flood begins after 4.7 MB
		o.Text("stdout", line)
	}
	o.Text("stdout", "the end\n")
	began := time.Now()
	o.Stop()
	if took := time.Since(began); took > longestWait/2 {
		t.Errorf("took %v", took)
	}
	text := r.text()
	if !strings.HasSuffix(text, "the end\n") || !strings.Contains(text, "[left out here: ") {
		t.Errorf("%d bytes, the end is %q", len(text), text[len(text)-30:])
	}
	sum := 0
	for _, n := range r.messages {
		sum += n
	}
	if sum > 3_000_000 {
		t.Errorf("%d bytes in one window", sum)
	}
}

// Whatever is put in comes out in order, each display behind all text before it,
// acknowledgements when everything before them is out.
func TestOutletKeepsOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o, r := NewOutlet(JupyterLimits), &recorder{}
		o.Begin(r, "")
		var want strings.Builder
		for i := range rapid.IntRange(0, 60).Draw(t, "n") {
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				text := fmt.Sprintf("<%d>", i)
				want.WriteString(text)
				o.Text("stdout", text)
			case 1:
				text := fmt.Sprintf("(%d)", i)
				want.WriteString(text)
				o.Text("stderr", text)
			case 2:
				text := fmt.Sprintf("[%d]", i)
				want.WriteString(text)
				o.Display(plainDisplay(text, ""))
			case 3:
				before := want.String()
				o.Then(func() {
					if got := r.text(); got != before {
						t.Fatalf("acknowledged at %q, want %q", got, before)
					}
				})
			}
		}
		o.Flush(context.Background())
		if got := r.text(); got != want.String() {
			t.Fatalf("got %q, want %q", got, want.String())
		}
	})
}

func TestDisplayIDs(t *testing.T) {
	o, r := NewOutlet(JupyterLimits), &recorder{}
	o.Begin(r, "cell a")
	o.Display(plainDisplay("1", "x"))
	o.Display(plainDisplay("2", "x"))
	o.Begin(r, "cell b")
	o.Display(plainDisplay("3", "x")) // another cell updates it
	o.Begin(r, "cell a")              // runs again: its display is gone
	o.Display(plainDisplay("4", "x"))
	o.Flush(context.Background())
	if got := strings.Join(r.list(), " "); got != "display:1 update:2 update:3 display:4" {
		t.Errorf("got %s", got)
	}
	for _, d := range r.displays {
		if d.Metadata == nil {
			t.Error("metadata is nil")
		}
	}
}

// The limits hold over every window, and nothing is lost below the flood.
func TestOutletKeepsToTheLimits(t *testing.T) {
	limits := Limits{Window: 200 * time.Millisecond, Messages: 10, Bytes: 40_000, Hold: 1 << 20, Tail: 1000}
	o, r := NewOutlet(limits), &recorder{}
	o.Begin(r, "")
	var want strings.Builder
	for i := range 30 {
		text := fmt.Sprintf("%d %s\n", i, strings.Repeat("x", 500))
		want.WriteString(text)
		o.Text("stdout", text)
		if i%3 == 0 {
			want.WriteString("[d]")
			o.Display(plainDisplay("[d]", ""))
		}
	}
	o.Flush(context.Background())
	if r.text() != want.String() {
		t.Error("text is lost or out of order")
	}
	for i := range r.at {
		n, bytes := 0, 0
		for j := i; j < len(r.at) && r.at[j].Sub(r.at[i]) < limits.Window-20*time.Millisecond; j++ {
			n++
			bytes += r.messages[j]
		}
		if n > limits.Messages || bytes > limits.Bytes+2000 {
			t.Errorf("%d messages, %d bytes in a window of %v", n, bytes, limits.Window)
		}
	}
}

func TestTextLongerThanAWindowGoesAlone(t *testing.T) {
	limits := Limits{Window: 100 * time.Millisecond, Messages: 100, Bytes: 5000, Hold: 1 << 20, Tail: 1000}
	o, r := NewOutlet(limits), &recorder{}
	o.Begin(r, "")
	o.Text("stdout", "a")
	o.Text("stderr", strings.Repeat("x", 20000)) // more than a window holds
	o.Text("stdout", "b")
	o.Flush(context.Background())
	if got := r.list(); len(got) != 3 || got[2] != "stdout:b" {
		t.Errorf("%d messages", len(got))
	}
}

func TestFloodHasHeadNoticeAndTail(t *testing.T) {
	limits := Limits{Window: time.Second, Messages: 100, Bytes: 20_000, Hold: 50_000, Tail: 1000}
	o, r := NewOutlet(limits), &recorder{}
	o.Begin(r, "")
	var all strings.Builder
	for i := range 20_000 {
		line := fmt.Sprintf("line %d\n", i)
		all.WriteString(line)
		o.Text("stdout", line)
	}
	o.Flush(context.Background())
	text := r.text()
	if !strings.HasPrefix(text, "line 0\n") || !strings.HasSuffix(text, "\nline 19999\n") || len(text) > 60_000 {
		t.Errorf("%d bytes: %.30q … %q", len(text), text, text[max(0, len(text)-30):])
	}
	_, rest, _ := strings.Cut(text, "all of it is in ")
	file, _, _ := strings.Cut(rest, ";")
	defer os.Remove(file)
	if saved, err := os.ReadFile(file); err != nil || string(saved) != all.String() {
		t.Errorf("file %q has %d bytes, want %d (%v)", file, len(saved), all.Len(), err)
	}
	// What was said to be left out is what is missing.
	head, _, _ := strings.Cut(text, "\n[more output")
	_, rest, _ = strings.Cut(text, "[left out here: ")
	var lines int
	fmt.Sscan(rest, &lines)
	_, tail, _ := strings.Cut(rest, "\n")
	if got := strings.Count(head, "\n") + 1 + lines + strings.Count(tail, "\n"); got < 19_999 || got > 20_001 {
		t.Errorf("%d lines in head, notice and tail, want 20000", got)
	}

	// The next cell starts afresh.
	next := &recorder{}
	o.Begin(next, "")
	o.Text("stdout", "quiet")
	o.Flush(context.Background())
	if next.text() != "quiet" {
		t.Errorf("next cell shows %q", next.text())
	}
}

func TestSmallOutputLeavesNoFile(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	o := NewOutlet(NoLimits)
	o.Begin(&recorder{}, "")
	for range 100 {
		o.Text("stdout", strings.Repeat("x", 60_000)) // over what is kept in memory
		o.Flush(context.Background())
	}
	o.Begin(&recorder{}, "")
	if files, _ := os.ReadDir(dir); len(files) > 0 {
		t.Errorf("%s is left", files[0].Name())
	}
}

func TestFullDiskIsSaid(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "none"))
	o, r := NewOutlet(Limits{Window: time.Second, Bytes: 1000, Hold: 1000, Tail: 100}), &recorder{}
	o.Begin(r, "")
	for i := range 1000 {
		o.Text("stdout", fmt.Sprintln("line", i))
	}
	ctx, stop := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer stop()
	o.Flush(ctx)
	if !strings.Contains(r.text(), "could not be saved") {
		t.Errorf("shown: %.300q", r.text())
	}
}
