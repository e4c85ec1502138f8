package display

import (
	"bytes"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spikebook/spikebook/kernel/interrupt"
)

// clock is a time that only the test moves.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

// notebook records what is sent to it.
type notebook struct {
	ids   []string
	lines []string
	syncs int
}

func (n *notebook) Present() bool { return true }
func (n *notebook) Sync()         { n.syncs++ }
func (n *notebook) NewID() string { return "id" }
func (n *notebook) Send(data map[string]any, w, h int, id string) error {
	n.ids = append(n.ids, id)
	n.lines = append(n.lines, data["text/plain"].(string))
	return nil
}

func count(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := 0; i < n && yield(i); i++ {
		}
	}
}

// A loop of 1000 iterations of 5 ms: 5 s, so the line may change 50 times.
func TestProgressInATerminal(t *testing.T) {
	var out bytes.Buffer
	c := &clock{time.Unix(0, 0)}
	m := &meter{label: "bars", pace: Pace{Total: 1000, Simulated: 50}, out: &out, terminal: true, now: c.now}
	m.run(count(1000), func(int) bool { c.t = c.t.Add(5 * time.Millisecond); return true })
	text := out.String()
	states := strings.Split(strings.TrimSuffix(text, "\n"), "\r")[1:]
	if len(states) < 40 || len(states) > 51 {
		t.Errorf("the line was written %d times in 5 s, want 40 to 51", len(states))
	}
	for _, s := range states {
		if !strings.HasSuffix(s, "\x1b[K") {
			t.Fatalf("state %q does not erase the rest of the line", s)
		}
	}
	half := states[len(states)/2]
	for _, want := range []string{"bars", "of 1,000", "left", "10× real time"} {
		if !strings.Contains(half, want) {
			t.Errorf("state in the middle is %q, want %q in it", half, want)
		}
	}
	last := states[len(states)-1]
	if want := "bars 1,000 in 5.0 s (5.0 ms per iteration) · 50.0 s simulated, 10× real time\x1b[K"; last != want {
		t.Errorf("last state is %q, want %q", last, want)
	}
	if !strings.HasSuffix(text, "\n") {
		t.Error("the last state does not end its line")
	}
}

func TestProgressInAFile(t *testing.T) {
	var out bytes.Buffer
	c := &clock{time.Unix(0, 0)}
	m := &meter{label: "bars", pace: Pace{Total: 100}, out: &out, now: c.now}
	m.run(count(100), func(int) bool { c.t = c.t.Add(time.Second); return true })
	if got, want := out.String(), "bars 100 in 1 min 40 s (1.0 s per iteration)\n"; got != want {
		t.Errorf("a file gets %q, want the last state only: %q", got, want)
	}
}

func TestProgressInANotebook(t *testing.T) {
	c := &clock{time.Unix(0, 0)}
	n := &notebook{}
	m := &meter{label: "bars", pace: Pace{Total: 100}, out: &bytes.Buffer{}, front: n, id: "line", now: c.now}
	m.run(count(100), func(int) bool { c.t = c.t.Add(30 * time.Millisecond); return true })
	// 3 s in all: the first state, at most 30 updates, the last one.
	if len(n.lines) < 20 || len(n.lines) > 32 {
		t.Errorf("%d states were sent in 3 s, want 20 to 32", len(n.lines))
	}
	for _, id := range n.ids {
		if id != "line" {
			t.Fatalf("a state went to id %q, want all to one", id)
		}
	}
	if n.syncs != 2 {
		t.Errorf("%d syncs, want 2: after the first and the last state", n.syncs)
	}
	if last := n.lines[len(n.lines)-1]; last != "bars 100 in 3.0 s (30 ms per iteration)" {
		t.Errorf("last state is %q", last)
	}
}

// However a loop ends, the iterations are those of the iterator, and the last
// line says how it ended.
func TestProgressEndings(t *testing.T) {
	loop := func(body func(i int) bool) (got []int, line string) {
		var out bytes.Buffer
		m := &meter{label: "x", pace: Pace{Total: 5}, out: &out, now: time.Now}
		func() {
			defer func() { recover() }()
			m.run(count(5), func(i int) bool { got = append(got, i); return body(i) })
		}()
		return got, out.String()
	}
	got, line := loop(func(int) bool { return true })
	if !slices.Equal(got, []int{0, 1, 2, 3, 4}) || !strings.HasPrefix(line, "x 5 in ") {
		t.Errorf("whole loop: %v, %q", got, line)
	}
	got, line = loop(func(i int) bool { return i < 2 })
	if !slices.Equal(got, []int{0, 1, 2}) || !strings.HasPrefix(line, "x stopped after 2 of 5 in ") {
		t.Errorf("break: %v, %q", got, line)
	}
	got, line = loop(func(i int) bool {
		if i == 3 {
			panic("body")
		}
		return true
	})
	if !slices.Equal(got, []int{0, 1, 2, 3}) || !strings.HasPrefix(line, "x failed after 3 of 5 in ") {
		t.Errorf("panic: %v, %q", got, line)
	}
	defer interrupt.Clear()
	got, line = loop(func(i int) bool {
		if i == 1 {
			interrupt.Set()
		}
		return true
	})
	if !slices.Equal(got, []int{0, 1}) || !strings.HasPrefix(line, "x interrupted after 2 of 5 in ") {
		t.Errorf("interrupt: %v, %q", got, line)
	}
}

type trials func(yield func(int) bool)

func (trials) Len() int { return 7 }

func TestProgressTakesNumbersAndIterators(t *testing.T) {
	sum := func(s iter.Seq[int]) (n, total int) {
		for i := range s {
			n, total = n+1, total+i
		}
		return
	}
	for name, s := range map[string]iter.Seq[int]{
		"number":     Progress(4, "test"),
		"iterator":   Progress(count(4), "test"),
		"function":   Progress(func(yield func(int) bool) { count(4)(yield) }, "test", Pace{Total: 4, Simulated: 1}),
		"named type": Progress(trials(count(4)), "test"),
	} {
		for range 2 { // an iterator can be used again
			if n, total := sum(s); n != 4 || total != 6 {
				t.Errorf("%s: %d iterations, sum of indices %d, want 4 and 6", name, n, total)
			}
		}
	}
	for name, s := range map[string]iter.Seq[int]{
		"zero": Progress(0, "test"), "negative": Progress(-3, "test"), "nil": Progress(iter.Seq[int](nil), "test"),
	} {
		if n, _ := sum(s); n != 0 {
			t.Errorf("%s: %d iterations, want 0", name, n)
		}
	}
}

func TestDurations(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 s", 132: "132 ns", 1500: "1.5 µs", 45 * time.Millisecond: "45 ms", 1500 * time.Millisecond: "1.5 s",
		999700 * time.Microsecond: "1.0 s", 59960 * time.Millisecond: "1 min 00 s", 125 * time.Second: "2 min 05 s",
		2*time.Hour + 90*time.Second: "2 h 02 min", 100 * time.Hour: "4 days",
	} {
		if got := duration(d); got != want {
			t.Errorf("duration(%d ns) is %q, want %q", d, got, want)
		}
	}
}

func TestBar(t *testing.T) {
	for f, want := range map[float64]string{
		0: "▕    ▏", 0.25: "▕█   ▏", 0.375: "▕█▌  ▏", 1: "▕████▏", 0.999: "▕████▏",
	} {
		if got := bar(f, 4); got != want {
			t.Errorf("bar(%v) is %q, want %q", f, got, want)
		}
	}
}

func BenchmarkProgress(b *testing.B) {
	n := 0
	for i := range Progress(b.N, "benchmark") {
		n += i
	}
	_ = n
}
