package main

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/spikebook/spikebook/kernel/comm"
	"github.com/spikebook/spikebook/kernel/notebook"
)

func TestWidgetStates(t *testing.T) {
	var w widgetStates
	send := func(kind, id, target, data string, buffers ...[]byte) {
		w.take(comm.Message{Kind: kind, ID: id, Target: target, Data: json.RawMessage(data), Buffers: buffers})
	}
	nb := &notebook.Notebook{Metadata: map[string]any{"title": "kept", "widgets": "of an earlier run"}}
	w.into(nb)
	if _, ok := nb.Metadata["widgets"]; ok {
		t.Errorf("without widgets: %v", nb.Metadata)
	}
	send(comm.Messages, "a", "", `{"method": "update", "state": {"value": 1}}`) // before it is there
	send(comm.Opens, "a", "jupyter.widget", `{"state": {"_model_name": "IntSliderModel", "_model_module": "@jupyter-widgets/controls", "_model_module_version": "2.0.0", "value": 1, "max": 10}, "buffer_paths": []}`)
	send(comm.Messages, "a", "", `{"method": "update", "state": {"value": 12345678901234567}}`)
	send(comm.Messages, "a", "", `{"method": "custom", "content": {"value": 9}}`)
	send(comm.Messages, "a", "", `nonsense`)
	send(comm.Closes, "a", "", "")
	send(comm.Opens, "other", "somebody", `{"state": {"value": 3}}`)
	send(comm.Opens, "p", "jupyter.widget", `{"state": {"_model_name": "ImageModel", "list": [null]}, "buffer_paths": [["value"], [ "list", 0 ], ["more"]]}`, []byte("png"), []byte{0, 255})
	send(comm.Messages, "p", "", `{"method": "update", "state": {}, "buffer_paths": [["list",0]]}`, []byte("x"))
	w.into(nb)
	raw, err := json.Marshal(nb.Metadata)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"title": "kept", "widgets": {"application/vnd.jupyter.widget-state+json": {"version_major": 2, "version_minor": 0, "state": {
		"a": {"model_name": "IntSliderModel", "model_module": "@jupyter-widgets/controls", "model_module_version": "2.0.0", "state": {
			"_model_name": "IntSliderModel", "_model_module": "@jupyter-widgets/controls", "_model_module_version": "2.0.0", "value": 12345678901234567, "max": 10}},
		"p": {"model_name": "ImageModel", "model_module": "", "model_module_version": "", "state": {"_model_name": "ImageModel", "list": [null]}, "buffers": [
			{"encoding": "base64", "path": ["list", 0], "data": "eA=="}, {"encoding": "base64", "path": ["value"], "data": "cG5n"}]}}}}}`
	var got, expected any
	if json.Unmarshal(raw, &got) != nil || json.Unmarshal([]byte(want), &expected) != nil {
		t.Fatalf("not JSON: %s", raw)
	}
	if !reflect.DeepEqual(got, expected) {
		t.Errorf("got %s,\nwant %s", raw, want)
	}
}
