package nef

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spikebook/spikebook/snn"
)

// mistake keeps what is wrong with an object, together with the caller's line.
// Those of nested networks are kept by the outermost one.
func (n *Network) mistake(of string, format string, args ...any) {
	n.mistakeAt(of, callSite(), format, args...)
}

func (n *Network) mistakeAt(of, site, format string, args ...any) {
	t := n.top()
	t.mistakes = append(t.mistakes, snn.Mistake{Of: of, Site: site, Err: fmt.Errorf(format, args...)})
}

// callSite is the first line outside this package that led here.
func callSite() string {
	var pcs [24]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		f, more := frames.Next()
		inside := strings.HasPrefix(f.Function, "github.com/spikebook/spikebook/snn/nef.") && !strings.HasSuffix(f.File, "_test.go")
		if !inside && f.File != "" {
			return fmt.Sprintf("%s:%d", filepath.Base(f.File), f.Line)
		}
		if !more {
			return ""
		}
	}
}
