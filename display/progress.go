package display

import (
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/spikebook/spikebook/display/internal/port"
	"github.com/spikebook/spikebook/kernel/interrupt"
)

// Iterations is what [Progress] goes through: a number of iterations, or an
// iterator over their indices.
type Iterations interface {
	~int | ~func(yield func(int) bool)
}

// Pace tells [Progress] what it cannot know.
type Pace struct {
	Total     int     // number of iterations of an iterator; 0: unknown, or from its method Len
	Simulated float64 // model time per iteration in ms; 0: not shown
}

// Progress iterates as over itself does and shows how far it is in one line:
// the count, the time taken and left, and with [Pace] the simulated time per
// wall time. The last state of the line has the totals.
//
//	for i := range display.Progress(10_000, "bars", display.Pace{Simulated: 50}) {
//		sim.Run(50 * snn.Millisecond)
//	}
//
// In a notebook the line updates itself, in a terminal it is rewritten, and
// into a file only the last state goes; it is written to standard error, at
// most ten times a second. An interrupt from the notebook ends the loop before
// the next iteration. An iteration costs less than 0.1 µs.
func Progress[T Iterations](over T, label string, pace ...Pace) iter.Seq[int] {
	p := Pace{}
	if len(pace) > 0 {
		p = pace[0]
	}
	v := reflect.ValueOf(over)
	var seq iter.Seq[int]
	if v.Kind() == reflect.Int {
		n := int(v.Int())
		p.Total = n
		seq = func(yield func(int) bool) {
			for i := 0; i < n && yield(i); i++ {
			}
		}
	} else {
		if !v.IsNil() {
			seq = v.Convert(reflect.TypeFor[iter.Seq[int]]()).Interface().(iter.Seq[int])
		}
		if l, ok := any(over).(interface{ Len() int }); ok && p.Total == 0 {
			p.Total = l.Len()
		}
	}
	return func(yield func(int) bool) {
		m := newMeter(label, p)
		if m == nil {
			return
		}
		if seq == nil {
			fmt.Fprintf(m.out, "%s: the iterator is nil, want a number or an iterator; nothing was done\n", m.label)
			return
		}
		m.run(seq, yield)
	}
}

// newMeter returns the meter of one loop, or nil after telling what is wrong.
func newMeter(label string, p Pace) *meter {
	m := &meter{label: strings.Join(strings.Fields(label), " "), pace: p, out: os.Stderr, now: time.Now}
	if m.label == "" {
		m.label = "progress"
	}
	if inNotebook() {
		m.front, m.id = port.Notebook, port.Notebook.NewID()
	} else if st, err := os.Stderr.Stat(); err == nil {
		m.terminal = st.Mode()&os.ModeCharDevice != 0
	}
	if p.Total < 0 {
		fmt.Fprintf(m.out, "%s: %d iterations, want 0 or more; nothing was done\n", m.label, p.Total)
		return nil
	}
	if !(p.Simulated >= 0) || math.IsInf(p.Simulated, 0) {
		fmt.Fprintf(m.out, "%s: Pace.Simulated is %v ms, want a finite time; it is not shown\n", m.label, p.Simulated)
		m.pace.Simulated = 0
	}
	return m
}

// meter is the line of one loop.
type meter struct {
	label    string
	pace     Pace
	done     int // iterations finished
	start    time.Time
	next     time.Time // of the next update
	out      io.Writer
	terminal bool       // out can rewrite a line
	front    port.Front // the notebook; nil without one
	id       string     // of the line in the notebook
	now      func() time.Time
}

// period is the least time between two updates of the line.
const period = 100 * time.Millisecond

// run iterates and shows the line. However the loop ends (by itself, by break,
// by an interrupt, by a panic in its body), the line says how.
func (m *meter) run(seq iter.Seq[int], yield func(int) bool) {
	m.start = m.now()
	m.next = m.start.Add(period)
	if m.front != nil {
		m.show(m.line())
		m.front.Sync() // what the loop prints stands below the line
	}
	end := "failed"
	defer func() { m.finish(end) }()
	for i := range seq {
		if interrupt.Requested() {
			end = "interrupted"
			return
		}
		if !yield(i) {
			end = "stopped"
			return
		}
		m.done++
		if t := m.now(); t.After(m.next) {
			m.next = t.Add(period)
			if m.terminal || m.front != nil {
				m.show(m.line())
			}
		}
	}
	end = ""
}

// show replaces the line.
func (m *meter) show(line string) {
	if m.front != nil {
		m.front.Send(map[string]any{
			"text/html":  `<pre style="margin:0;white-space:pre-wrap">` + escape(line) + "</pre>",
			"text/plain": line,
		}, 0, 0, m.id)
		return
	}
	fmt.Fprint(m.out, "\r", line, "\x1b[K")
}

// finish shows the last state. end is empty for a loop that ran to its end.
func (m *meter) finish(end string) {
	line := m.totals(end)
	switch {
	case m.front != nil:
		m.show(line)
		m.front.Sync()
	case m.terminal:
		m.show(line)
		fmt.Fprintln(m.out)
	default:
		fmt.Fprintln(m.out, line)
	}
}

// line is the state of a running loop.
func (m *meter) line() string {
	took := m.now().Sub(m.start)
	var b strings.Builder
	b.WriteString(m.label)
	if m.pace.Total > 0 {
		f := math.Min(float64(m.done)/float64(m.pace.Total), 1)
		fmt.Fprintf(&b, " %3.0f %% %s %s of %s", math.Floor(100*f), bar(f, 20), commas(m.done), commas(m.pace.Total))
	} else {
		fmt.Fprintf(&b, " %s", commas(m.done))
	}
	fmt.Fprintf(&b, " · %s", duration(took))
	if m.done > 0 && m.pace.Total > m.done {
		left := time.Duration(math.Min(float64(took)/float64(m.done)*float64(m.pace.Total-m.done), math.MaxInt64/2))
		fmt.Fprintf(&b, ", %s left", duration(left))
	}
	if m.pace.Simulated > 0 && m.done > 0 && took > 0 {
		fmt.Fprintf(&b, " · %s", m.speed(took))
	}
	return b.String()
}

// totals is the line of a loop that has ended.
func (m *meter) totals(end string) string {
	took := m.now().Sub(m.start)
	var b strings.Builder
	b.WriteString(m.label)
	if end != "" {
		fmt.Fprintf(&b, " %s after", end)
	}
	b.WriteString(" " + commas(m.done))
	if end != "" && m.pace.Total > 0 {
		b.WriteString(" of " + commas(m.pace.Total))
	}
	fmt.Fprintf(&b, " in %s", duration(took))
	if s := took.Seconds(); s > 0 && m.done > 0 {
		fmt.Fprintf(&b, " (%s per iteration)", duration(time.Duration(float64(took)/float64(m.done))))
		if m.pace.Simulated > 0 {
			fmt.Fprintf(&b, " · %s simulated, %s", modelTime(float64(m.done)*m.pace.Simulated), m.speed(took))
		}
	}
	return b.String()
}

// speed is simulated time per wall time.
func (m *meter) speed(took time.Duration) string {
	x := float64(m.done) * m.pace.Simulated / (took.Seconds() * 1000)
	if x >= 10 && x < 1e9 {
		return commas(int(math.Round(x))) + "× real time"
	}
	return significantDigits(x, 2) + "× real time"
}

// bar draws the part f, 0 to 1, of width characters, in eighths of one.
func bar(f float64, width int) string {
	eighths := int(f*float64(width)*8 + 0.5)
	full := min(eighths/8, width)
	s := strings.Repeat("█", full)
	if rest := eighths % 8; rest > 0 && full < width {
		s += string(rune(0x2590 - rest)) // ▏ to ▉
		full++
	}
	return "▕" + s + strings.Repeat(" ", width-full) + "▏"
}

// commas writes n with a comma every three digits.
func commas(n int) string {
	s := fmt.Sprint(n)
	sign := ""
	if n < 0 {
		sign, s = "−", s[1:]
	}
	for k := len(s) - 3; k > 0; k -= 3 {
		s = s[:k] + "," + s[k:]
	}
	return sign + s
}

// duration writes d with about two digits: 3.2 µs, 45 ms, 1.5 s, 2 min 05 s.
func duration(d time.Duration) string {
	s := d.Seconds()
	switch {
	case s <= 0:
		return "0 s"
	case s < 1e-6:
		return significantDigits(s*1e9, 2) + " ns"
	case s < 1e-3:
		return significantDigits(s*1e6, 2) + " µs"
	case s < 0.9995:
		return significantDigits(s*1e3, 2) + " ms"
	case s < 59.95:
		return fmt.Sprintf("%.1f s", s)
	case s < 3600-0.5:
		n := int(math.Round(s))
		return fmt.Sprintf("%d min %02d s", n/60, n%60)
	case s < 48*3600:
		n := int(math.Round(s / 60))
		return fmt.Sprintf("%d h %02d min", n/60, n%60)
	}
	return commas(int(s/86400)) + " days"
}

// modelTime writes ms as simulated time.
func modelTime(ms float64) string {
	if s := ms / 1000; s < 1e9 {
		return duration(time.Duration(s * 1e9))
	}
	return significantDigits(ms/1000/86400, 3) + " days"
}

// significantDigits writes x with n significant digits or all of its whole
// part.
func significantDigits(x float64, n int) string {
	if x <= 0 || x >= 1e9 {
		return fmt.Sprintf("%.*g", n, x)
	}
	digits := max(n-1-int(math.Floor(math.Log10(x))), 0)
	return fmt.Sprintf("%.*f", min(digits, 6), x)
}
