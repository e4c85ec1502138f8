package jupyter

import (
	"fmt"
	"sync"
	"time"
)

// limitedLog lets at most one line a second through for each format, so that
// a stream of bad messages cannot fill the log.
type limitedLog struct {
	to Logf

	mu   sync.Mutex
	next map[string]time.Time
	held map[string]int
}

func newLimitedLog(to Logf) *limitedLog {
	if to == nil {
		to = func(string, ...any) {}
	}
	return &limitedLog{to: to, next: make(map[string]time.Time), held: make(map[string]int)}
}

func (l *limitedLog) limited(format string, args ...any) {
	l.mu.Lock()
	now := time.Now()
	if now.Before(l.next[format]) {
		l.held[format]++
		l.mu.Unlock()
		return
	}
	l.next[format] = now.Add(time.Second)
	held := l.held[format]
	l.held[format] = 0
	l.mu.Unlock()
	line := fmt.Sprintf(format, args...)
	if held > 0 {
		line += fmt.Sprintf(" (and %d more like it)", held)
	}
	l.to("%s", line)
}
