package worker

import (
	"context"
	"encoding/gob"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/janpfeifer/gonb/gonbui/protocol"

	"github.com/spikebook/spikebook/kernel/comm"
)

// page is a browser's page in the place of gonb_comm.js: it keeps what it is sent.
type page struct {
	mu  sync.Mutex
	got []string
}

func (p *page) post(m comm.Message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.got = append(p.got, m.ID+" "+string(m.Data))
}

func (p *page) all() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.got, "\n")
}

// browsed returns gonbui with a browser whose messages go to a page, what is shown,
// and the values that the program gets.
func browsed(t *testing.T, kernel string) (*gonbui, *page, *recorder, func() protocol.CommValue) {
	t.Helper()
	o, r := NewOutlet(JupyterLimits), &recorder{}
	o.Begin(r, "")
	back, theirs, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	g, p := newGonbui(o, theirs), &page{}
	g.browser = newBrowser(g, kernel, p.post)
	t.Cleanup(func() { g.close(); theirs.Close(); back.Close() })
	decoder := gob.NewDecoder(back)
	return g, p, r, func() (c protocol.CommValue) {
		if err := decoder.Decode(&c); err != nil {
			t.Fatal(err)
		}
		return c
	}
}

func valueFor(address string, value any) *protocol.DisplayData {
	return &protocol.DisplayData{Data: map[protocol.MIMEType]any{protocol.MIMECommValue: protocol.CommValue{Address: address, Value: value}}}
}

func from(id, data string) comm.Message {
	return comm.Message{Kind: comm.Messages, ID: id, Data: json.RawMessage(data)}
}

func TestValuesTravelBothWays(t *testing.T) {
	g, p, r, next := browsed(t, "k-1")
	b := g.browser
	g.feed(gobStream(t,
		&protocol.DisplayData{Data: map[protocol.MIMEType]any{protocol.MIMECommSubscribe: protocol.CommSubscription{Address: "/a"}}},
		valueFor("/b", []float64{1, 2}), valueFor("/c", "early"),
		&protocol.DisplayData{Data: map[protocol.MIMEType]any{protocol.MIMECommValue: protocol.CommValue{Address: "/d", Request: true}}}))
	g.outlet.Flush(context.Background())
	if len(r.displays) != 1 || !strings.Contains(r.displays[0].Data["text/html"].(string), `("k-1");</script>`) {
		t.Fatalf("shown: %v, want the script once", r.displays)
	}
	if p.all() != "" {
		t.Errorf("sent before a page was there: %s", p.all())
	}
	b.message(comm.Message{Kind: comm.Opens, ID: "one"})
	want := `one {"address":"#comm_open_ack","value":true}
one {"address":"/b","value":[1,2]}
one {"address":"/c","value":"early"}
one {"address":"/d","read_request":true}`
	if p.all() != want {
		t.Errorf("sent\n%s\nwant\n%s", p.all(), want)
	}
	g.outlet.Flush(context.Background())
	if n := len(r.displays); n != 2 || r.displays[1].Data["text/html"] != "" || !r.displays[1].Update {
		t.Errorf("the script is not taken away: %v", r.displays)
	}
	b.message(from("one", `{"address":"/nobody","value":1}`)) // not subscribed: dropped
	b.message(from("one", `{"address":"/a","value":{"x":{"y":1}}}`))
	b.message(from("one", `not json`))
	b.message(from("one", `{"address":"/a","value":"7"}`))
	if got := next(); got.Address != "/a" || got.Value != "7" {
		t.Errorf("the program got %v", got)
	}
	b.message(from("one", `{"address":"#heartbeat/ping"}`))
	if !strings.HasSuffix(p.all(), `{"address":"#heartbeat/pong","value":true}`) {
		t.Errorf("ping: %s", p.all())
	}
	// A second page follows; one that closes does not.
	b.message(comm.Message{Kind: comm.Opens, ID: "two"})
	b.message(comm.Message{Kind: comm.Closes, ID: "one"})
	before := len(p.got)
	b.value(protocol.CommValue{Address: "/b", Value: 3})
	if got := p.got[before:]; !reflect.DeepEqual(got, []string{`two {"address":"/b","value":3}`}) {
		t.Errorf("to the second page: %v", got)
	}
}

func TestPagesAreBounded(t *testing.T) {
	g, p, _, _ := browsed(t, "k")
	for range valuesKept + 100 {
		g.browser.value(protocol.CommValue{Address: "/a", Value: 1})
	}
	for _, id := range strings.Fields("a b c d e f g h i j k l") {
		g.browser.message(comm.Message{Kind: comm.Opens, ID: id})
	}
	if n := strings.Count(p.all(), `"/a"`); n != valuesKept {
		t.Errorf("%d values kept, want %d", n, valuesKept)
	}
	if n := len(g.browser.pages); n != pagesKept {
		t.Errorf("%d pages kept, want %d", n, pagesKept)
	}
}

func TestNoPageIsSaid(t *testing.T) {
	g, _, r, _ := browsed(t, "")
	for range 3 {
		g.browser.value(protocol.CommValue{Address: "/a", Value: 1})
	}
	g.outlet.Flush(context.Background())
	if text := strings.Join(r.events, "\n"); strings.Count(text, "is not known") != 1 || len(r.displays) != 0 {
		t.Errorf("without a Jupyter server: %q", text)
	}
}

func TestRequestedInputGoesToTheProgram(t *testing.T) {
	g, _, r, _ := browsed(t, "k")
	var asked []string
	var lines []string
	g.ask = func(prompt string, password bool, reply func(text, refuse string)) {
		asked = append(asked, prompt)
		if password {
			reply("", "nobody is there")
			return
		}
		reply("Ada", "")
	}
	g.line = func(text string) { lines = append(lines, text) }
	request := func(prompt string, password bool) *protocol.DisplayData {
		return &protocol.DisplayData{Data: map[protocol.MIMEType]any{protocol.MIMEJupyterInput: protocol.InputRequest{Prompt: prompt, Password: password}}}
	}
	g.feed(gobStream(t, request("Name?", false), request("Token?", true)))
	g.outlet.Flush(context.Background())
	if !reflect.DeepEqual(asked, []string{"Name?", "Token?"}) || !reflect.DeepEqual(lines, []string{"Ada"}) || !strings.Contains(strings.Join(r.events, "\n"), "nobody is there") {
		t.Errorf("asked %v, lines %v, stderr %q", asked, lines, strings.Join(r.events, "\n"))
	}
}

// What goes back to a program is of a type that gonbui's decoder knows: another
// would break it for good.
func TestProgramValues(t *testing.T) {
	for text, want := range map[string]any{
		`1`: 1.0, `"a"`: "a", `true`: true, `null`: nil, `[1,2]`: []float64{1, 2}, `["a"]`: []string{"a"}, `[]`: []float64{},
		`[1,"a"]`: nil, `[[1]]`: nil, `{"a":1}`: map[string]float64{"a": 1}, `{"a":"b"}`: map[string]string{"a": "b"}, `{"a":[1]}`: nil,
	} {
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		if got := programValue(v); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %#v, want %#v", text, got, want)
		}
	}
}

func TestHeartbeatWithoutAPage(t *testing.T) {
	g, _, _, _ := browsed(t, "k")
	w := &Worker{gonbui: g}
	began := time.Now()
	if w.Heartbeat(50*time.Millisecond) || time.Since(began) > 5*time.Second {
		t.Error("a heartbeat without a page")
	}
}
