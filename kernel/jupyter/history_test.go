package jupyter

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func ask(t *testing.T, h *history, r string) string {
	t.Helper()
	var req historyRequest
	if err := json.Unmarshal([]byte(r), &req); err != nil {
		t.Fatal(err)
	}
	found, err := h.find(req)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, in := range found {
		fmt.Fprintf(&b, "%d/%d:%s", in.session, in.line, in.text)
		if req.Output && in.output != nil {
			b.WriteString("→" + *in.output)
		}
		b.WriteByte(' ')
	}
	return strings.TrimSpace(b.String())
}

// threeSessions are two that ended and the current one.
func threeSessions(t *testing.T, path string) *history {
	var h *history
	for _, session := range [][]string{{"a1", "b"}, {"c"}, {"a1", "a2", "b"}} {
		h = newHistory(path, t.Logf)
		for i, text := range session {
			h.add(i+1, text)
		}
	}
	h.result(2, "two")
	return h
}

func TestHistory(t *testing.T) {
	h := threeSessions(t, filepath.Join(t.TempDir(), "new", "history.jsonl"))
	for _, c := range []struct{ request, want string }{
		{`{"hist_access_type":"tail","n":2}`, "3/2:a2 3/3:b"},
		{`{"hist_access_type":"tail","n":2,"output":true}`, "3/2:a2→two 3/3:b"},
		{`{"hist_access_type":"tail","n":100}`, "1/1:a1 1/2:b 2/1:c 3/1:a1 3/2:a2 3/3:b"},
		{`{"hist_access_type":"tail","n":0}`, ""},
		{`{"hist_access_type":"tail","n":-3}`, ""},
		{`{"hist_access_type":"range","session":0,"start":1,"stop":3}`, "3/1:a1 3/2:a2"},
		{`{"hist_access_type":"range","session":0,"start":2,"stop":null}`, "3/2:a2 3/3:b"},
		{`{"hist_access_type":"range","session":-1,"start":0}`, "2/1:c"},
		{`{"hist_access_type":"range","session":1,"start":2,"stop":3}`, "1/2:b"},
		{`{"hist_access_type":"range","session":17,"start":0,"stop":9}`, ""},
		{`{"hist_access_type":"search","pattern":"a?"}`, "1/1:a1 3/1:a1 3/2:a2"},
		{`{"hist_access_type":"search","pattern":"a?","unique":true}`, "3/1:a1 3/2:a2"},
		{`{"hist_access_type":"search","pattern":"a*","n":2}`, "3/1:a1 3/2:a2"},
		{`{"hist_access_type":"search","pattern":"[bc]","unique":true,"n":1}`, "3/3:b"},
		{`{"hist_access_type":"search"}`, "1/1:a1 1/2:b 2/1:c 3/1:a1 3/2:a2 3/3:b"},
	} {
		if got := ask(t, h, c.request); got != c.want {
			t.Errorf("%s: %q, want %q", c.request, got, c.want)
		}
	}
	if _, err := h.find(historyRequest{Access: "all"}); err == nil {
		t.Error("no error for an unknown kind")
	}
}

func TestHistoryWithoutFile(t *testing.T) {
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"", filepath.Join(blocked, "below", "a", "file")} {
		h := newHistory(path, t.Logf)
		h.add(1, "x")
		h.result(1, "7")
		if got := ask(t, h, `{"hist_access_type":"tail","n":5,"output":true}`); got != "1/1:x→7" {
			t.Errorf("%q: %q", path, got)
		}
	}
}

// Garbage and a line that a crash has cut cost nothing but themselves.
func TestHistoryWithDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "h")
	threeSessions(t, path)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	damaged := append([]byte("\xff\xfe{nonsense\n[1]\n\n{\"session\":-4,\"line\":1,\"input\":\"no\"}\n"), data...)
	damaged = append(damaged, `{"session":3,"line":4,"inp`...)
	if err := os.WriteFile(path, damaged, 0o600); err != nil {
		t.Fatal(err)
	}
	h := newHistory(path, t.Logf)
	h.add(1, "after")
	if got := ask(t, h, `{"hist_access_type":"tail","n":3}`); got != "3/2:a2 3/3:b 4/1:after" {
		t.Errorf("%q", got)
	}
}

func TestHistoryOfSeveralKernels(t *testing.T) {
	path := filepath.Join(t.TempDir(), "h")
	const kernels, lines = 8, 40
	var all sync.WaitGroup
	sessions := make([]int, kernels)
	for i := range kernels {
		all.Go(func() {
			h := newHistory(path, t.Logf)
			for line := range lines {
				h.add(line+1, strings.Repeat(fmt.Sprint("kernel ", i, " "), 100))
			}
			sessions[i] = h.session
		})
	}
	all.Wait()
	seen := map[int]bool{}
	for _, s := range sessions {
		seen[s] = true
	}
	if len(seen) != kernels {
		t.Errorf("sessions %v, want each its own", sessions)
	}
	h := newHistory(path, t.Logf)
	for _, s := range sessions {
		found, err := h.find(historyRequest{Access: "range", Session: float64(s)})
		if err != nil || len(found) != lines {
			t.Errorf("session %d has %d lines, want %d: %v", s, len(found), lines, err)
		}
	}
}

func TestHistoryIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "h")
	h := newHistory(path, t.Logf)
	big := strings.Repeat("x", 512<<10)
	for line := 1; line <= 60; line++ {
		h.add(line, fmt.Sprint(line, big))
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() > historySize+longestInput+1000 {
			t.Fatalf("%d bytes after %d lines", info.Size(), line)
		}
	}
	h.add(61, strings.Repeat("y", longestInput+1))
	found, _ := h.find(historyRequest{Access: "search"})
	if len(found) < 7 || found[len(found)-1].line != 60 {
		t.Errorf("%d inputs are left, the last is %d", len(found), found[len(found)-1].line)
	}
	if leftover, _ := filepath.Glob(path + ".*"); len(leftover) != 1 { // the lock
		t.Errorf("files %v", leftover)
	}
	next := newHistory(path, t.Logf)
	next.add(1, "z")
	if next.session != 2 {
		t.Errorf("the next session has number %d", next.session)
	}
}

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"*", "", true}, {"*", "a\nb", true}, {"", "", true}, {"", "a", false},
		{"1?2*", "1+2+3", true}, {"1?2*", "12", false}, {"a*b*c", "a-b-b-c", true}, {"a*b*c", "a-c-b", false},
		{"[ab]x", "bx", true}, {"[!ab]x", "bx", false}, {"[!ab]x", "cx", true}, {"[a-c]", "b", true}, {"[]]", "]", true},
		{"[a", "[a", true}, {"[", "[", true}, {"gr[öü]n", "grün", true}, {"a?c", "aéc", true}, {"*.*", "fmt.Println", true},
		{"a-z", "a-z", true}, {"[a-]", "-", true}, {"x", "xy", false}, {"**a", "bca", true},
	} {
		if got := newGlob(c.pattern).match(c.text); got != c.want {
			t.Errorf("%q on %q: %v", c.pattern, c.text, got)
		}
	}
	// No pattern takes long.
	newGlob(strings.Repeat("*a", 50)).match(strings.Repeat("a", 5000) + "b")
}

func FuzzGlob(f *testing.F) {
	f.Add("[a-z]*?", "abc")
	f.Add("[!", "[!")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		newGlob(pattern).match(text)
		if !strings.ContainsAny(pattern, "*?[") && newGlob(pattern).match(text) != (string([]rune(pattern)) == string([]rune(text))) {
			t.Errorf("%q on %q", pattern, text)
		}
	})
}

func TestHistoryOverTheWire(t *testing.T) {
	_, c := startKernel(t, newToy())
	for _, code := range []string{"value 6", "print x", "fail y"} {
		c.answer(c.execute(code), c.shellIn)
	}
	c.answer(c.execute("value 1", "store_history", false), c.shellIn)
	c.answer(c.execute("value 2", "silent", true), c.shellIn)
	c.answer(c.execute(" "), c.shellIn)
	get := func(content any) string {
		reply, pub := c.answer(c.send(c.shell, "history_request", nil, content), c.shellIn)
		if kinds(pub) != "busy idle" {
			t.Errorf("published %s", kinds(pub))
		}
		return string(reply.Content)
	}
	for _, s := range []struct {
		content any
		want    string
	}{
		{map[string]any{"hist_access_type": "tail", "n": 3}, `{"history":[[1,1,"value 6"],[1,2,"print x"],[1,3,"fail y"]],"status":"ok"}`},
		{map[string]any{"hist_access_type": "tail", "n": 3, "output": true}, `{"history":[[1,1,["value 6","6"]],[1,2,["print x",null]],[1,3,["fail y",null]]],"status":"ok"}`},
		{map[string]any{"hist_access_type": "range", "session": 0, "start": 2, "stop": 3}, `{"history":[[1,2,"print x"]],"status":"ok"}`},
		{map[string]any{"hist_access_type": "search", "pattern": "v*", "n": nil}, `{"history":[[1,1,"value 6"]],"status":"ok"}`},
	} {
		if got := get(s.content); got != s.want {
			t.Errorf("%v: %s, want %s", s.content, got, s.want)
		}
	}
	for _, bad := range []any{map[string]any{}, map[string]any{"hist_access_type": 3}, map[string]any{"hist_access_type": "tail", "n": "x"}} {
		if got := get(bad); !strings.Contains(got, `"status":"error"`) {
			t.Errorf("%v: %s", bad, got)
		}
	}
}

func TestHistoryFile(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	env := map[string]string{}
	get := func() string { return HistoryFile(func(name string) string { return env[name] }) }
	if got, want := get(), filepath.Join(home, ".local", "state", "spikebook", "history.jsonl"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	env["XDG_STATE_HOME"] = "/s"
	if got, want := get(), filepath.Join("/s", "spikebook", "history.jsonl"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	env["SPIKEBOOK_HISTORY"] = os.DevNull
	if got := get(); got != "" {
		t.Errorf("%s, want none", got)
	}
}
