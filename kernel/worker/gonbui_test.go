package worker

import (
	"context"
	"encoding/gob"
	"fmt"
	"io"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// serve gives displays to a server and returns what was shown, and the
// acknowledgements.
func serve(t *testing.T, displays ...*protocol.DisplayData) (*recorder, []protocol.CommValue) {
	t.Helper()
	o, r := NewOutlet(JupyterLimits), &recorder{}
	o.Begin(r, "")
	back, theirs, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	g := newGonbui(o, theirs)
	g.feed(gobStream(t, displays...))
	o.Flush(context.Background())
	syncs := 0
	for _, d := range displays {
		if _, ok := d.Data[protocol.MIMECommValue]; ok {
			syncs++
		}
	}
	var acks []protocol.CommValue
	for decoder := gob.NewDecoder(back); len(acks) < syncs; {
		var c protocol.CommValue
		if err := decoder.Decode(&c); err != nil {
			t.Fatal(err)
		}
		acks = append(acks, c)
	}
	g.close()
	theirs.Close()
	return r, acks
}

func TestSyncIsAcknowledgedInOrder(t *testing.T) {
	r, acks := serve(t, html("a"), syncRequest(0), html("b"), syncRequest(7))
	if len(r.displays) != 2 {
		t.Errorf("%d displays", len(r.displays))
	}
	want := []protocol.CommValue{
		{Address: protocol.GonbuiSyncAckAddress, Value: 0}, {Address: protocol.GonbuiSyncAckAddress, Value: 7},
	}
	if !reflect.DeepEqual(acks, want) {
		t.Errorf("acknowledgements %v", acks)
	}
}

func TestMimeValues(t *testing.T) {
	for _, c := range []struct {
		mime  string
		value any
		want  any
	}{
		{"text/html", "<b>" + Mark + "x</b>", "<b>x</b>"},
		{"text/html", []byte("raw"), "raw"},
		{"text/plain", 17, "17"},
		{"text/plain", "a\xff", "a\uFFFD"},
		{"image/svg+xml", "<svg/>", "<svg/>"},
		{"image/png", []byte{1, 2, 3}, "AQID"},
		{"image/png", "AQID", "AQID"},
		{"application/pdf", "\xff\xfe", "//4="},
		{"application/json", `{"a":1}`, map[string]any{"a": 1.0}},
		{"application/json", []float64{1, math.NaN()}, []any{1.0, nil}},
		{"application/json", "not json", "not json"},
		{"application/vnd.vegalite.v5+json", map[string]any{"x": []int{1}}, map[string]any{"x": []any{int64(1)}}},
	} {
		got, err := mimeValue(c.mime, c.value)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s of %v: got %#v (%v), want %#v", c.mime, c.value, got, err, c.want)
		}
	}
	for _, c := range []struct {
		mime  string
		value any
	}{
		{"text/html; charset=utf-8", "x"},
		{"", "x"},
		{"application/json", map[int]int{1: 2}},
		{"image/png", make([]byte, LargestDisplay)},
		{"text/html", strings.Repeat("x", LargestDisplay+1)},
	} {
		if got, err := mimeValue(c.mime, c.value); err == nil {
			t.Errorf("%q of a %T was accepted as %.20v", c.mime, c.value, got)
		}
	}
}

func TestRequestsWithoutAnAnswerAreSaidOnce(t *testing.T) {
	input := &protocol.DisplayData{Data: map[protocol.MIMEType]any{
		protocol.MIMEJupyterInput: &protocol.InputRequest{Prompt: "?"}}}
	r, _ := serve(t, input, input, html("x"))
	if n := strings.Count(r.text(), "nobody who could be asked"); n != 1 {
		t.Errorf("said %d times: %q", n, r.text())
	}
	if len(r.displays) != 1 || r.displays[0].Data["text/plain"] != "[HTML]" {
		t.Errorf("displays %v", r.displays)
	}
}

func TestLostStreamIsSaidOnce(t *testing.T) {
	o, r := NewOutlet(JupyterLimits), &recorder{}
	o.Begin(r, "")
	g := newGonbui(o, io.Discard)
	for range 3 {
		g.feed([]byte(strings.Repeat("garbage ", 100)))
	}
	o.Flush(context.Background())
	if n := strings.Count(r.text(), "displays are lost"); n != 1 {
		t.Errorf("said %d times: %q", n, r.text())
	}
	g.close()
}

func TestJSONValueEnds(t *testing.T) {
	loop := map[string]any{}
	loop["self"] = loop
	if _, err := jsonValue(loop, 0); err == nil {
		t.Error("a value that contains itself was accepted")
	}
	if v, err := jsonValue(struct{}{}, 0); err == nil {
		t.Errorf("a struct became %v", fmt.Sprint(v))
	}
}
