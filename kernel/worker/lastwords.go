package worker

import (
	"strings"
	"time"
)

// crashMarks begin a line when a Go process is about to end by itself. The first
// ones are also what a program may print.
var crashMarks = []string{
	"panic: ",
	"runtime: ",
	"fatal error: ",
	"runtime: goroutine stack exceeds ",
	"SIGSEGV: ", "SIGABRT: ", "SIGBUS: ", "SIGILL: ", "SIGFPE: ", "SIGQUIT: ", "SIGSYS: ", "SIGTRAP: ",
	"unexpected fault address ",
	"[signal ",
}

// How long text that looks like last words is held back, to see whether the
// process ends (rule P-39). To write the trace of a stack overflow the runtime
// goes through millions of frames, which takes seconds; a cell that reports its
// end meanwhile shows that the process is well.
const (
	crashPause = 400 * time.Millisecond
	fatalPause = 10 * time.Second
)

// longestWords bounds what is held back of a dying process, in bytes. The trace
// of very many goroutines is longer; its beginning says what happened.
const longestWords = 4 << 20

// lastWords holds stderr back from the first line on that looks like the report
// of a crash. If the process ends, the text explains why and is not shown as
// output; if it lives on, the text was somebody's ordinary output.
type lastWords struct {
	words   strings.Builder
	since   time.Time // of the first addition
	midline bool      // what was passed on did not end a line
}

// over tells whether what is held may be shown, because the process has had time
// to end. finished says that a cell has ended since.
func (l *lastWords) over(finished bool) bool {
	if !l.held() {
		return false
	}
	pause := crashPause
	if text := l.text(); !finished && (strings.Contains(text, "fatal error: ") || strings.HasPrefix(text, "runtime: goroutine stack exceeds ")) {
		pause = fatalPause
	}
	return time.Since(l.since) > pause
}

// held tells whether text is being held back.
func (l *lastWords) held() bool { return l.words.Len() > 0 }

// add takes text of stderr and returns the part that may be shown now.
func (l *lastWords) add(text string) (shown string) {
	if text == "" {
		return ""
	}
	if !l.held() {
		i := l.crashStart(text)
		if i < 0 {
			l.midline = !strings.HasSuffix(text, "\n")
			return text
		}
		shown, text = text[:i], text[i:]
		l.since = time.Now()
	}
	if room := longestWords - l.words.Len(); len(text) > room {
		text = text[:room]
	}
	l.words.WriteString(text)
	return shown
}

// crashStart is the index of the first line in text that begins with a mark, or -1.
func (l *lastWords) crashStart(text string) int {
	at := 0
	if l.midline {
		i := strings.IndexByte(text, '\n')
		if i < 0 {
			return -1
		}
		at = i + 1
	}
	for at < len(text) {
		for _, mark := range crashMarks {
			if strings.HasPrefix(text[at:], mark) {
				return at
			}
		}
		i := strings.IndexByte(text[at:], '\n')
		if i < 0 {
			break
		}
		at += i + 1
	}
	return -1
}

// release returns what was held, since the process lives.
func (l *lastWords) release() string {
	text := l.text()
	l.words.Reset()
	l.midline = !strings.HasSuffix(text, "\n")
	return text
}

// text returns what was held.
func (l *lastWords) text() string { return l.words.String() }
