package jupyter

import "encoding/json"

// debugRequest answers a debug_request politely: this kernel has no debugger and
// says so in the terms of the debug adapter protocol, so that who asks goes on.
// kernel_info does not list the feature.
func (k *Kernel) debugRequest(s socket, m *Message) {
	var req struct {
		Seq     json.RawMessage `json:"seq"`
		Command string          `json:"command"`
	}
	_ = decode(m, &req)
	if len(req.Seq) == 0 {
		req.Seq = json.RawMessage("0")
	}
	k.reply(s, m, nil, map[string]any{
		"type": "response", "seq": 0, "request_seq": req.Seq, "command": req.Command, "success": false,
		"message": "this kernel has no debugger",
		"body":    map[string]any{"error": map[string]any{"id": 1, "format": "this kernel has no debugger"}},
	})
}
