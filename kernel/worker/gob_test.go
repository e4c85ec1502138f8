package worker

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"testing"

	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// gobStream is what gonbui writes for the given displays.
func gobStream(t testing.TB, displays ...*protocol.DisplayData) []byte {
	var b bytes.Buffer
	encoder := gob.NewEncoder(&b)
	for _, d := range displays {
		if err := encoder.Encode(d); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func html(text string) *protocol.DisplayData {
	return &protocol.DisplayData{Data: map[protocol.MIMEType]any{protocol.MIMETextHTML: text}}
}

func syncRequest(id int) *protocol.DisplayData {
	return &protocol.DisplayData{Data: map[protocol.MIMEType]any{
		protocol.MIMECommValue: &protocol.CommValue{Address: protocol.GonbuiSyncAddress, Value: id}}}
}

func TestGobReaderTakesAnyPieces(t *testing.T) {
	sent := []*protocol.DisplayData{html("a"), syncRequest(0), html("b"), syncRequest(1), {
		Data:     map[protocol.MIMEType]any{"application/json": map[string]any{"x": []any{1, "y"}}},
		Metadata: map[string]any{"image/png": map[string]any{"width": 3}},
	}}
	stream := gobStream(t, sent...)
	want := fmt.Sprint(sent[0].Data, 0, sent[2].Data, 1, sent[4].Data)
	for piece := 1; piece <= len(stream); piece++ {
		r := newGobReader()
		var got []any
		for rest := stream; len(rest) > 0; {
			n := min(piece, len(rest))
			err := r.feed(rest[:n], func(d *protocol.DisplayData) {
				if c, ok := d.Data[protocol.MIMECommValue].(protocol.CommValue); ok {
					got = append(got, c.Value)
				} else {
					got = append(got, d.Data)
				}
			}, func(err error) { t.Fatal(err) })
			if err != nil {
				t.Fatalf("pieces of %d: %v", piece, err)
			}
			rest = rest[n:]
		}
		if fmt.Sprint(got...) != want {
			t.Fatalf("pieces of %d: got %v, want %v", piece, got, want)
		}
	}
}

func TestOversizedDisplayIsSkipped(t *testing.T) {
	big := &protocol.DisplayData{Data: map[protocol.MIMEType]any{"image/png": make([]byte, LargestDisplay+1)}}
	stream := gobStream(t, html("before"), big, html("after"))
	r := newGobReader()
	var shown []any
	var refused []error
	for len(stream) > 0 {
		n := min(1<<16, len(stream))
		err := r.feed(stream[:n], func(d *protocol.DisplayData) { shown = append(shown, d.Data["text/html"]) },
			func(err error) { refused = append(refused, err) })
		if err != nil {
			t.Fatal(err)
		}
		stream = stream[n:]
	}
	if fmt.Sprint(shown) != "[before after]" || len(refused) != 1 {
		t.Errorf("shown %v, refused %v", shown, refused)
	}
}

func TestGarbageLosesTheStreamOnce(t *testing.T) {
	r := newGobReader()
	nothing := func(*protocol.DisplayData) { t.Error("something was decoded") }
	refuse := func(error) {}
	if err := r.feed([]byte("hello, this is not gob\n"), nothing, refuse); err == nil {
		err = r.feed(bytes.Repeat([]byte("x"), 200), nothing, refuse)
		if err == nil {
			t.Fatal("garbage was accepted")
		}
	}
	if err := r.feed(gobStream(t, html("a")), nothing, refuse); err == nil {
		t.Error("a lost stream came back")
	}
}

func FuzzGobReader(f *testing.F) {
	f.Add(gobStream(f, html("a"), syncRequest(1)))
	f.Add([]byte{0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Add([]byte{0})
	f.Add([]byte{3, 0xff, 0x80, 1})
	f.Add([]byte{0xfc, 0x7f, 0xff, 0xff, 0xff, 1, 2})
	f.Fuzz(func(t *testing.T, b []byte) {
		r := newGobReader()
		defer r.stop()
		for i := range b {
			if r.feed(b[i:i+1], func(*protocol.DisplayData) {}, func(error) {}) != nil {
				return
			}
		}
	})
}
