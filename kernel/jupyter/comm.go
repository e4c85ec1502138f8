package jupyter

import (
	"encoding/json"
	"sync"
)

// A Communicator is an Evaluator whose cells talk with front ends over comms.
// Its methods may be called at any moment, also while a cell runs.
type Communicator interface {
	// Comm takes a message of a front end. What answers it goes to out. done is
	// called once, when all that the message has caused is published.
	Comm(m Comm, out Output, done func())
	// Knows reports whether a message can be served before the cells that wait:
	// its comm is open, or somebody takes comms for its target.
	Knows(m Comm) bool
	// Comms lists the open comms: id → target.
	Comms() map[string]string
}

// Comm is one message of a comm, in either direction. The JSON parts are objects
// or empty.
type Comm struct {
	Kind     string // "open", "msg" or "close"
	ID       string
	Target   string // of an open
	Data     json.RawMessage
	Metadata json.RawMessage // of the message
	Buffers  [][]byte
}

// isComm reports whether a message belongs to a comm.
func isComm(msgType string) bool {
	return msgType == "comm_open" || msgType == "comm_msg" || msgType == "comm_close"
}

// commOf reads a comm message of a front end.
func commOf(m *Message) (Comm, error) {
	var content struct {
		ID     string          `json:"comm_id"`
		Target string          `json:"target_name"`
		Data   json.RawMessage `json:"data"`
	}
	err := decode(m, &content)
	return Comm{Kind: m.Type[len("comm_"):], ID: content.ID, Target: content.Target,
		Data: content.Data, Metadata: m.Metadata, Buffers: m.Buffers}, err
}

// early reports whether a message on shell is served at once, although other
// requests wait: one of a comm that is open. Others keep their order, so that a
// comm may be opened by a cell that is sent before it.
func (k *Kernel) early(m *Message) bool {
	c, ok := k.ev.(Communicator)
	if !ok || !isComm(m.Type) {
		return false
	}
	message, err := commOf(m)
	if err != nil {
		return true // to be dropped
	}
	return c.Knows(message) && !k.queue.holds(func(other *Message) bool {
		if !isComm(other.Type) {
			return false
		}
		o, _ := commOf(other)
		return o.ID == message.ID
	})
}

// serveComms serves the messages of open comms in their order. Their work is done
// by the evaluator, so none waits for another here.
func (k *Kernel) serveComms() {
	for {
		m, ok := k.comms.pop()
		if !ok {
			return
		}
		k.serveComm(m.Message)
	}
}

// serveComm passes a message on between its busy and idle, which front ends wait
// for before they send the next change of the same widget.
func (k *Kernel) serveComm(m *Message) {
	k.status(m, "busy")
	idle := sync.OnceFunc(func() { k.status(m, "idle") })
	message, err := commOf(m)
	if err != nil || message.ID == "" {
		k.logf.limited("%s: no comm_id in its content (%v)", m.Type, err)
		idle()
		return
	}
	c, ok := k.ev.(Communicator)
	if !ok {
		if message.Kind == "open" { // P-41
			k.logf.limited("comm_open: no target named %q", message.Target)
			k.publish("comm_close", m, map[string]any{"comm_id": message.ID, "data": map[string]any{}})
		}
		idle()
		return
	}
	defer func() {
		if p := recover(); p != nil {
			k.logf.limited("%s: internal error: %v", m.Type, p)
			idle()
		}
	}()
	c.Comm(message, cellOutput{k, m}, idle)
}

// commInfo answers a comm_info_request.
func (k *Kernel) commInfo(s socket, m *Message) {
	var req struct {
		Target *string `json:"target_name"`
	}
	_ = decode(m, &req)
	comms := map[string]any{}
	if c, ok := k.ev.(Communicator); ok {
		for id, target := range c.Comms() {
			if req.Target == nil || *req.Target == "" || *req.Target == target {
				comms[id] = map[string]string{"target_name": target}
			}
		}
	}
	k.reply(s, m, nil, map[string]any{"status": "ok", "comms": comms})
}

// Comm publishes a comm message of cell code.
func (o cellOutput) Comm(m Comm) {
	data := any(map[string]any{})
	if len(m.Data) > 0 {
		data = m.Data
	}
	content := map[string]any{"comm_id": m.ID, "data": data}
	if m.Kind == "open" {
		content["target_name"] = m.Target
	}
	var metadata any
	if len(m.Metadata) > 0 {
		metadata = m.Metadata
	}
	o.k.publishWith("comm_"+m.Kind, o.parent, metadata, content, m.Buffers)
}

// Parent is the id of the message under which this output appears.
func (o cellOutput) Parent() string {
	if o.parent == nil {
		return ""
	}
	return o.parent.ID
}
