package jupyter

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The digest of a fixed message, computed with Python's hmac module:
//
//	hmac.new(b"secret", b'{"msg_id":"1"}{}{}{"code":"x"}', hashlib.sha256).hexdigest()
func TestSignatureOfReference(t *testing.T) { // P-8
	const want = "6d4e96e072a7d545daf167071b1f625b663fcd9227dc75b9859ef0fcf0aef780"
	got := NewSigner("secret").Sign([][]byte{[]byte(`{"msg_id":"1"}`), []byte(`{}`), []byte(`{}`), []byte(`{"code":"x"}`)})
	if string(got) != want {
		t.Errorf("signature %s, want %s", got, want)
	}
}

func TestEmptyKey(t *testing.T) { // P-9
	s := NewSigner("")
	if sig := s.Sign([][]byte{[]byte("{}")}); sig == nil || len(sig) != 0 {
		t.Errorf("signature %q, want an empty frame", sig)
	}
	for range 2 { // no replay memory either
		if err := s.Verify([]byte("anything"), nil); err != nil {
			t.Error(err)
		}
	}
}

func TestReplayMemoryIsBounded(t *testing.T) { // P-11
	s := NewSigner("k")
	verify := func(i int) error {
		part := [][]byte{[]byte(strings.Repeat("x", i%7)), []byte{byte(i), byte(i >> 8), byte(i >> 16)}}
		return s.Verify(s.Sign(part), part)
	}
	for i := range replayMemory + 100 {
		if err := verify(i); err != nil {
			t.Fatalf("message %d: %v", i, err)
		}
	}
	if len(s.seen) != replayMemory || len(s.ring) != replayMemory {
		t.Errorf("%d signatures remembered in %d places, want %d", len(s.seen), len(s.ring), replayMemory)
	}
	if err := verify(replayMemory + 50); !errors.Is(err, ErrMalformed) {
		t.Errorf("a recent message is accepted again: %v", err)
	}
	if err := verify(5); err != nil {
		t.Errorf("a message older than the memory: %v", err)
	}
}

func TestObjectsAreNeverNull(t *testing.T) { // P-7
	var none map[string]any
	for name, v := range map[string]any{"nil": nil, "nil map": none, "empty map": map[string]any{}} {
		if got := string(object(v)); got != "{}" {
			t.Errorf("%s: %s, want {}", name, got)
		}
	}
	m := newOrigin().message("x", nil, nil, nil)
	for i, f := range m.Frames(NewSigner("k"))[2:] {
		if s := string(f); i > 0 && s != "{}" {
			t.Errorf("part %d is %s, want {}", i, s)
		}
	}
	if got := string(object(map[string]any{"x": math.NaN()})); !strings.Contains(got, "encoding_error") {
		t.Errorf("NaN: %s", got)
	}
	if got := string(object(map[string]string{"x": "<b>&"})); got != `{"x":"<b>&"}` {
		t.Errorf("HTML is escaped: %s", got)
	}
}

func TestDisplayContent(t *testing.T) { // P-40
	got := displayContent(Display{ID: "d", Data: map[string]any{
		"image/png":                []byte{1, 2, 3},
		"image/jpeg":               "AAEC\nAwQF\n",
		"image/svg+xml":            []byte("<svg/>"),
		"text/html; charset=utf-8": "<b>",
		"application/json":         `{"a":1}`,
		"application/geo+json":     map[string]int{"b": 2},
		"not a type":               "x",
	}})
	b, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"data":{"application/geo+json":{"b":2},"application/json":{"a":1},"image/jpeg":"AAECAwQF","image/png":"AQID",` +
		`"image/svg+xml":"\u003csvg/\u003e","text/html":"\u003cb\u003e",` +
		`"text/plain":"[application/geo+json, application/json, image/jpeg, image/png, image/svg+xml, text/html]"},` +
		`"metadata":{},"transient":{"display_id":"d"}}`
	if string(b) != want {
		t.Errorf("content %s\nwant    %s", b, want)
	}
	b, _ = json.Marshal(displayContent(Display{}))
	if want := `{"data":{"text/plain":"[]"},"metadata":{},"transient":{}}`; string(b) != want {
		t.Errorf("empty display: %s, want %s", b, want)
	}
	if c := displayContent(Display{Data: map[string]any{"image/png": make([]byte, maxDisplay)}}); len(c["data"].(map[string]any)) != 1 { // O-7
		t.Error("a display above the limit is sent")
	}
}

func TestConnectionFile(t *testing.T) { // P-12, 1.12
	const good = `{"transport":"tcp","ip":"127.0.0.1","shell_port":1,"control_port":2,"stdin_port":3,"iopub_port":4,"hb_port":5,"key":"k","signature_scheme":"hmac-sha256","kernel_name":"go"}`
	c, err := ParseConnection([]byte(good))
	if err != nil || c.HBPort != 5 || c.Key != "k" {
		t.Errorf("%+v, %v", c, err)
	}
	file := filepath.Join(t.TempDir(), "kernel.json")
	if err := c.Write(file); err != nil {
		t.Fatal(err)
	}
	if again, err := ReadConnection(file); err != nil || again != c {
		t.Errorf("read back %+v, %v", again, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v: the key is in it", info.Mode(), err)
	}
	for name, s := range map[string]struct{ old, new, want string }{
		"not JSON":        {good, "hello", "not JSON"},
		"scheme":          {"hmac-sha256", "hmac-md5", "signature_scheme is \"hmac-md5\""},
		"transport":       {`"tcp"`, `"udp"`, `transport is "udp"`},
		"address":         {"127.0.0.1", "not an address", "ip is"},
		"port":            {`"hb_port":5`, `"hb_port":70000`, "hb_port is 70000"},
		"port's type":     {`"hb_port":5`, `"hb_port":"five"`, "not JSON as"},
		"encryption":      {`"key":`, `"curve_publickey":"x","key":`, "encryption"},
		"several at once": {`"tcp","ip":"127.0.0.1"`, `"udp","ip":"x"`, "transport is"},
	} {
		if _, err := ParseConnection([]byte(strings.Replace(good, s.old, s.new, 1))); err == nil || !strings.Contains(err.Error(), s.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, s.want)
		}
	}
	if _, err := ReadConnection(filepath.Join(t.TempDir(), "none.json")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
}
