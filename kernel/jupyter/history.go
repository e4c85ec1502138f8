package jupyter

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Bounds of the history.
const (
	historySize   = 8 << 20 // bytes of the file; then the older half goes
	longestInput  = 1 << 20 // bytes; a longer input is not kept
	longestOutput = 4 << 10 // bytes; a longer output is not kept
	mostUnsaved   = 10_000  // lines that are known only to this session
	lockPatience  = 500 * time.Millisecond
)

// A history is the list of inputs of this session and of earlier ones. It is a
// file with one JSON object a line, to which all kernels of a user append, each
// under a lock; what a crash has cut is passed over. What cannot be written,
// because there is no file or the disk is full, is known to this session only.
//
// Sessions have numbers. This one gets its own, the next free one, when it is
// first needed.
type history struct {
	path    string // empty: no file
	logf    Logf
	mu      sync.Mutex
	session int           // 0: not numbered yet
	unsaved []historyLine // what the file lacks, in order
}

// A historyLine is a line of the file: the start of a session (Line is 0), an
// input, or, with Output, what an input that stands above came to.
type historyLine struct {
	Session int     `json:"session"`
	Line    int     `json:"line,omitempty"` // execution count
	Input   string  `json:"input,omitempty"`
	Output  *string `json:"output,omitempty"`
	Time    string  `json:"time,omitempty"` // of a start
}

func newHistory(path string, logf Logf) *history {
	return &history{path: path, logf: logf}
}

// add notes an input that is about to run.
func (h *history) add(line int, input string) {
	if len(input) <= longestInput {
		h.note(historyLine{Line: line, Input: input})
	}
}

// result notes the text of a value.
func (h *history) result(line int, text string) {
	if len(text) <= longestOutput {
		h.note(historyLine{Line: line, Output: &text})
	}
}

func (h *history) note(l historyLine) {
	h.mu.Lock()
	defer h.mu.Unlock()
	err := h.open()
	l.Session = h.session
	if err == nil {
		err = h.locked(func() error { return h.append(l) })
	}
	if err != nil {
		if !errors.Is(err, errNoFile) {
			h.logf("history: %v; this input is remembered until the kernel ends", err)
		}
		h.unsaved = append(h.unsaved, l)
		if len(h.unsaved) > mostUnsaved {
			h.unsaved = slices.Clone(h.unsaved[mostUnsaved/2:])
		}
	}
}

var errNoFile = errors.New("no history file")

// open gives this session its number. The caller holds h.mu.
func (h *history) open() error {
	if h.path == "" {
		h.session = max(h.session, 1)
		return errNoFile
	}
	if h.session > 0 {
		return nil
	}
	err := h.locked(func() error {
		last := 0
		for _, l := range h.read() {
			last = max(last, l.Session)
		}
		h.session = last + 1
		return h.append(historyLine{Session: h.session, Time: timestamp(time.Now())})
	})
	if err != nil {
		h.session = max(h.session, 1)
	}
	return err
}

// locked calls do while no other kernel writes the file. The lock is a file of
// its own, since the history is replaced when it gets too long.
func (h *history) locked(do func() error) error {
	if err := os.MkdirAll(filepath.Dir(h.path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(h.path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	for began := time.Now(); ; time.Sleep(2 * time.Millisecond) {
		ours, err := tryLock(f)
		if errors.Is(err, errors.ErrUnsupported) {
			break // appends are short, so they seldom meet
		}
		if err != nil {
			return fmt.Errorf("lock: %w", err)
		}
		if ours {
			break
		}
		if time.Since(began) > lockPatience {
			return fmt.Errorf("another process has held %s.lock for %v", h.path, lockPatience)
		}
	}
	return do()
}

// append writes one line at the end of the file, which is locked.
func (h *history) append(l historyLine) error {
	f, err := os.OpenFile(h.path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	text := append(object(l), '\n')
	if last := make([]byte, 1); size > 0 {
		if _, err := f.ReadAt(last, size-1); err == nil && last[0] != '\n' {
			text = append([]byte{'\n'}, text...) // an append was cut
		}
	}
	if _, err := f.Write(text); err != nil {
		f.Truncate(size)
		return err
	}
	if size > historySize {
		return h.halve()
	}
	return nil
}

// halve drops the older half of the file, which is locked.
func (h *history) halve() error {
	data, err := os.ReadFile(h.path)
	if err != nil {
		return err
	}
	keep := data[len(data)/2:]
	keep = keep[bytes.IndexByte(keep, '\n')+1:]
	// The next session must get a number that no one has had.
	last := 0
	for _, l := range h.read() {
		last = max(last, l.Session)
	}
	keep = append(append(object(historyLine{Session: last}), '\n'), keep...)
	f, err := os.CreateTemp(filepath.Dir(h.path), filepath.Base(h.path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(keep)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), h.path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// read returns what the file has; a line that cannot be read is passed over.
func (h *history) read() (lines []historyLine) {
	if info, err := os.Stat(h.path); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	f, err := os.Open(h.path)
	if err != nil {
		return nil
	}
	defer f.Close()
	in := bufio.NewReaderSize(io.LimitReader(f, 2*historySize), 64<<10)
	for {
		text, err := in.ReadBytes('\n')
		var l historyLine
		if json.Unmarshal(text, &l) == nil && l.Session > 0 && l.Line >= 0 {
			lines = append(lines, l)
		}
		if err != nil {
			return lines
		}
	}
}

// An input is an entry of the history with its output, if that is known.
type input struct {
	session, line int
	text          string
	output        *string
}

// inputs lists all inputs, oldest first.
func (h *history) inputs() (list []input) {
	var lines []historyLine
	if h.path != "" {
		lines = h.read()
	}
	at := map[[2]int]int{}
	for _, l := range append(lines, h.unsaved...) {
		key := [2]int{l.Session, l.Line}
		switch i, have := at[key]; {
		case l.Line == 0:
		case l.Output == nil:
			at[key] = len(list)
			list = append(list, input{session: l.Session, line: l.Line, text: l.Input})
		case have:
			list[i].output = l.Output
		}
	}
	return list
}

// historyRequest is the content of a history_request. Numbers are read as
// floats, since some clients send them so.
type historyRequest struct {
	Output  bool     `json:"output"`
	Access  string   `json:"hist_access_type"`
	Session float64  `json:"session"`
	Start   float64  `json:"start"`
	Stop    *float64 `json:"stop"`
	N       *float64 `json:"n"`
	Pattern *string  `json:"pattern"`
	Unique  bool     `json:"unique"`
}

// find answers a request (P-27).
func (h *history) find(r historyRequest) (found []input, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.open(); err != nil && !errors.Is(err, errNoFile) {
		h.logf("history: %v", err)
	}
	newest := func(list []input, orAll bool) []input {
		if r.N == nil {
			if orAll {
				return list
			}
			return nil
		}
		n := int(max(0, min(*r.N, float64(len(list)))))
		return list[len(list)-n:]
	}
	all := h.inputs()
	switch r.Access {
	case "tail":
		return newest(all, false), nil
	case "range":
		session := r.Session
		if session <= 0 {
			session += float64(h.session)
		}
		for _, in := range all {
			line := float64(in.line)
			if float64(in.session) == session && line >= r.Start && (r.Stop == nil || line < *r.Stop) {
				found = append(found, in)
			}
		}
		return found, nil
	case "search":
		pattern := "*"
		if r.Pattern != nil {
			pattern = *r.Pattern
		}
		match := newGlob(pattern)
		last := map[string]int{}
		for i, in := range all {
			if match.match(in.text) {
				last[in.text] = i
			}
		}
		for i, in := range all {
			if newestAt, ok := last[in.text]; ok && (!r.Unique || newestAt == i) {
				found = append(found, in)
			}
		}
		return newest(found, true), nil
	}
	return nil, fmt.Errorf("history_request: hist_access_type is %q, want range, tail or search", r.Access)
}

// answerHistory answers a history_request.
func (k *Kernel) answerHistory(s socket, m *Message) {
	var req historyRequest
	if err := json.Unmarshal(m.Content, &req); err != nil {
		k.reply(s, m, nil, errorContent("history_request: "+err.Error()))
		return
	}
	found, err := k.history.find(req)
	if err != nil {
		k.reply(s, m, nil, errorContent(err.Error()))
		return
	}
	list := make([]any, 0, len(found))
	for _, in := range found {
		if req.Output {
			list = append(list, []any{in.session, in.line, []any{in.text, in.output}})
		} else {
			list = append(list, []any{in.session, in.line, in.text})
		}
	}
	k.reply(s, m, nil, map[string]any{"status": "ok", "history": list})
}

// HistoryFile is where the history of a user is kept: $SPIKEBOOK_HISTORY, else
// a file in the folder for state of programs. It is empty, which means that
// nothing is kept, if there is no such folder or the variable is /dev/null.
func HistoryFile(getenv func(string) string) string {
	switch path := getenv("SPIKEBOOK_HISTORY"); path {
	case "":
	case os.DevNull:
		return ""
	default:
		return path
	}
	state := getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(state) {
		home, err := os.UserHomeDir()
		if err != nil || strings.TrimSpace(home) == "" {
			return ""
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "spikebook", "history.jsonl")
}
