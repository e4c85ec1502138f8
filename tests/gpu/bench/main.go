// Bench prints the table of timings on the first GPU: every network in strict and
// fast mode, on two CPU cores where there is a C compiler, what others have
// published, and the bound of the memory: the bytes that a step must move over the
// bandwidth that the device has when it copies.
//
// tests/gpu/build puts it into build/gpu, and build/gpu/run starts it. With -tiny
// all networks are small, to see that everything runs.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spikebook/spikebook/cuda"
	"github.com/spikebook/spikebook/snn"
	"github.com/spikebook/spikebook/snn/plan"
)

func main() {
	tiny := flag.Bool("tiny", false, "small networks, short runs")
	only := flag.String("only", "", "rows whose names have this in them")
	flag.Parse()
	text, ok := cuda.Describe()
	fmt.Println(text)
	if !ok {
		fmt.Fprintln(os.Stderr, "bench: no GPU that can be used; see above")
		os.Exit(1)
	}
	if err := table(os.Stdout, *tiny, *only); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// backends are the columns of measurements.
var backends = []struct {
	name string
	on   snn.Backend
}{{"GPU, strict", cuda.Device(0)}, {"GPU, fast", cuda.Device(0, cuda.Fast)}, {"two CPU cores", snn.CCOn(2)}}

// row is one thing that is measured.
type row struct {
	name, unit string
	published  string
	// measure gives the value on a backend, and the value that the bound of the memory
	// would allow, or 0.
	measure func(on snn.Backend, bandwidth float64) (value, bound float64, err error)
}

// table measures and prints. What fails is said below it; the error is that of the
// device itself.
func table(w io.Writer, tiny bool, only string) error {
	bandwidth, err := copySpeed(tiny)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\ncopying on the device: %.0f GB/s\n\n| | unit |", bandwidth/1e9)
	for _, b := range backends {
		fmt.Fprintf(w, " %s |", b.name)
	}
	fmt.Fprintf(w, " bound of the memory | published |\n|---|---|%s---|---|\n", strings.Repeat("---|", len(backends)))
	var notes []string
	for _, r := range rows(tiny) {
		if !strings.Contains(r.name, only) {
			continue
		}
		fmt.Fprintf(w, "| %s | %s |", r.name, r.unit)
		limit := 0.0
		for _, b := range backends {
			value, bound, err := r.measure(b.on, bandwidth)
			if err != nil {
				notes = append(notes, fmt.Sprintf("%s, %s: %v", r.name, b.name, err))
				fmt.Fprint(w, " – |")
				continue
			}
			fmt.Fprintf(w, " %.4g |", value)
			if limit == 0 {
				limit = bound
			}
		}
		if limit == 0 {
			fmt.Fprint(w, " – |")
		} else {
			fmt.Fprintf(w, " %.4g |", limit)
		}
		fmt.Fprintf(w, " %s |\n", r.published)
	}
	for _, n := range notes {
		fmt.Fprintln(w, "\n–", n)
	}
	return nil
}

// copySpeed is bytes read and written per second by a kernel that copies.
func copySpeed(tiny bool) (float64, error) {
	n, steps := 1<<26, int64(100)
	if tiny {
		n, steps = 1<<12, 2
	}
	p := &plan.Program{Name: "copy", Dt: 1, Float: plan.F32,
		Buffers: []plan.Buffer{{Name: "x", Type: plan.F32, Len: n}, {Name: "y", Type: plan.F32, Len: n}}}
	p.Ops = []plan.Op{&plan.Push{Label: "x", In: 0, Ring: 1, Slots: 1}}
	took, err := timed(cuda.Device(0), p, steps)
	return 8 * float64(n) * float64(steps) / took.Seconds(), err
}

// timed is the time for steps of a program whose state is on the device already.
func timed(on snn.Backend, p *plan.Program, steps int64) (time.Duration, error) {
	x, err := on.Compile(p)
	if err != nil {
		return 1, err
	}
	defer x.Close()
	s := plan.NewState(p)
	if r, ok := x.(plan.Resident); ok {
		if err := r.Keep(s); err != nil {
			return 1, err
		}
	}
	if _, err := x.Run(s, min(steps, 100), nil); err != nil {
		return 1, err
	}
	begin := time.Now()
	_, err = x.Run(s, steps, nil)
	return time.Since(begin), err
}
