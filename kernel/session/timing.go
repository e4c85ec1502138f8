package session

import (
	"encoding/json"
	"time"

	"github.com/spikebook/spikebook/kernel/cell"
)

// Timing says where the time of a cell went. Stages that were not needed are 0:
// an unchanged cell is neither compiled nor loaded.
type Timing struct {
	Build  time.Duration // all of the compiler's work
	Stages cell.Timing   // parts of Build
	Load   time.Duration
	Run    time.Duration
	Drain  time.Duration // from the end of the statements until their output was published
	Total  time.Duration
}

// MarshalJSON gives milliseconds by stage, as they go into a reply's metadata.
func (t Timing) MarshalJSON() ([]byte, error) {
	ms := map[string]float64{}
	for name, d := range map[string]time.Duration{
		"check": t.Stages.Check, "generate": t.Stages.Generate, "compile": t.Stages.Compile, "link": t.Stages.Link,
		"load": t.Load, "run": t.Run, "drain": t.Drain, "total": t.Total,
	} {
		ms[name] = float64(d.Microseconds()) / 1000
	}
	return json.Marshal(ms)
}
