package notebook

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
)

// toy is a session for tests. It understands one command a line:
//
//	print TEXT, warn TEXT     stdout and stderr; \n, \r and \b are meant as in Go
//	show MEDIA DATA           a display (no text/plain of its own)
//	show@ID, update@ID        the same with a display ID
//	png WIDTH                 a picture of one pixel with width in its metadata
//	clear, clear-wait         clears the output
//	value TEXT                the cell's value
//	fail NAME MESSAGE         ends the cell with an error
//	wait, ignore              waits for the context's end; waits for Close and ignores the context
//	later TEXT                prints when the session is closed
//	state                     prints how many cells have run in this session
type toy struct {
	dir    string
	cells  int
	closed chan struct{}
	once   sync.Once
	late   []func()
	calls  []string // "count id code" of each cell, and of the one after it
}

func newToy(dir string) *toy { return &toy{dir: dir, closed: make(chan struct{})} }

var pixel, _ = base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")

func (s *toy) Execute(ctx context.Context, q Request, out Output) (r Result) {
	s.cells++
	s.calls = append(s.calls, s.call(q))
	for _, line := range strings.Split(q.Code, "\n") {
		command, rest, _ := strings.Cut(line, " ")
		rest = strings.NewReplacer(`\n`, "\n", `\r`, "\r", `\b`, "\b").Replace(rest)
		command, id, _ := strings.Cut(command, "@")
		first, second, _ := strings.Cut(rest, " ")
		switch command {
		case "print":
			out.Stream("stdout", rest)
		case "warn":
			out.Stream("stderr", rest)
		case "show", "update":
			out.Display(Display{Data: map[string]any{first: second}, ID: id, Update: command == "update"})
		case "png":
			out.Display(Display{
				Data:     map[string]any{"image/png": pixel, "text/plain": "a red dot"},
				Metadata: map[string]any{"image/png": map[string]any{"width": len(rest)}},
			})
		case "clear", "clear-wait":
			out.ClearOutput(command == "clear-wait")
		case "value":
			r.Value = &Display{Data: map[string]any{"text/plain": rest}, ID: id}
		case "fail":
			r.Err = &Error{first, second, []string{"\x1b[31m" + first + "\x1b[0m: " + second, "  line 1"}}
			return r
		case "wait":
			<-ctx.Done()
			r.Err = &Error{"Interrupted", "interrupted", []string{"interrupted"}}
			return r
		case "ignore":
			<-s.closed
			out.Stream("stdout", "too late") // must go nowhere, and do no harm
			return r
		case "later":
			s.late = append(s.late, func() { out.Stream("stdout", rest) })
		case "state":
			out.Stream("stdout", fmt.Sprint(s.cells, " ", s.dir))
		}
	}
	return r
}

func (s *toy) call(q Request) string {
	text := fmt.Sprint(q.Count, " ", q.ID, " ", q.Code)
	if q.Next != nil {
		text += " | " + s.call(*q.Next)
	}
	return text
}

func (s *toy) Close() error {
	s.once.Do(func() {
		for _, f := range s.late {
			f()
		}
		close(s.closed)
	})
	return nil
}
