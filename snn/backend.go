package snn

import (
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/spikebook/spikebook/snn/cc"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/ref"
)

// Backend runs plans; see [On].
type Backend = plan.Backend

// Ref is the pure-Go backend. It runs everywhere and defines the results.
var Ref Backend = ref.New()

// CC compiles each plan with the system's C compiler when it is first built
// and keeps the outcome in the user's cache. Its results equal those of Ref
// bit for bit. Building on it fails where there is no C compiler.
var CC Backend = compiled{}

// CCOn is CC with a number of threads; CC takes as many as there are cores. The
// results are the same.
func CCOn(threads int) Backend { return compiled{threads} }

type compiled struct{ threads int } // 0: as many as there are cores

func (compiled) Name() string { return "cc" }

// Single is the same backend with one thread.
func (compiled) Single() Backend { return compiled{1} }

func (c compiled) Compile(p *plan.Program) (plan.Executor, error) {
	var options []cc.Option
	if c.threads > 0 {
		options = append(options, cc.Threads(c.threads))
	}
	b, err := cc.New(options...)
	if err != nil {
		return nil, err
	}
	if n, ok := b.(interface{ Notice() string }); ok && n.Notice() != "" {
		noticeOnce.Do(func() { fmt.Fprintln(notices, n.Notice()) })
	}
	return b.Compile(p)
}

var (
	notices    io.Writer = os.Stderr
	noticeOnce sync.Once // about the cache of compiled plans
	slowOnce   sync.Once // about the missing C compiler
)

// compile takes the backend asked for, or the fastest that is there: CC, else
// Ref, which it says once.
func compile(b Backend, p *plan.Program) (plan.Executor, Backend, error) {
	if b != nil {
		e, err := b.Compile(p)
		return e, b, err
	}
	e, err := CC.Compile(p)
	if err == nil {
		return e, CC, nil
	}
	slowOnce.Do(func() {
		fmt.Fprintf(notices, "snn: running in pure Go, with the same results but several times slower: %v\n", err)
	})
	e, err = Ref.Compile(p)
	return e, Ref, err
}
