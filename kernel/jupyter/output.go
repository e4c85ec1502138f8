package jupyter

// publish sends one message on iopub. Its header is dated under the lock, so
// dates have the order of the messages.
func (k *Kernel) publish(msgType string, parent *Message, content any) {
	k.publishWith(msgType, parent, nil, content, nil)
}

func (k *Kernel) publishWith(msgType string, parent *Message, metadata, content any, buffers [][]byte) {
	k.pub.Lock()
	defer k.pub.Unlock()
	if k.mute {
		return
	}
	m := k.origin.message(msgType, parent, metadata, content)
	m.Identities = [][]byte{[]byte(k.topic + msgType)} // never empty: P-5
	m.Buffers = buffers
	if err := k.iopub.Send(m.Frames(k.sign)); err != nil {
		k.logf.limited("iopub: %s not sent: %v", msgType, err)
	}
}

func (k *Kernel) status(parent *Message, state string) {
	k.publish("status", parent, map[string]string{"execution_state": state})
}

// cellOutput publishes what one cell shows, under the header of its request.
type cellOutput struct {
	k      *Kernel
	parent *Message
}

func (o cellOutput) Stream(name, text string) {
	if text == "" {
		return
	}
	o.k.publish("stream", o.parent, map[string]string{"name": name, "text": text})
}

func (o cellOutput) Display(d Display) {
	msgType, content := "display_data", displayContent(d)
	if d.ID != "" && o.k.shown(d.ID) && d.Update {
		msgType = "update_display_data"
	}
	o.k.publish(msgType, o.parent, content)
}

func (o cellOutput) ClearOutput(wait bool) {
	o.k.publish("clear_output", o.parent, map[string]bool{"wait": wait})
}

// displayContent is the content of a display_data with its three fields.
func displayContent(d Display) map[string]any {
	transient := map[string]any{}
	if d.ID != "" {
		transient["display_id"] = d.ID
	}
	metadata := d.Metadata
	if metadata == nil {
		metadata = map[string]any{}
	}
	return map[string]any{"data": bundle(d.Data), "metadata": metadata, "transient": transient}
}

// shown notes that a display id has been used and reports whether it had
// been: an update of something never shown creates it.
func (k *Kernel) shown(id string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	_, before := k.displays[id]
	k.displays[id] = struct{}{}
	return before
}

// welcome is the first message to a client that subscribes to a topic (JEP 65).
// The client knows by it that it misses nothing from now on.
func (k *Kernel) welcome(topic string) [][]byte {
	m := k.origin.message("iopub_welcome", nil, nil, map[string]string{"subscription": topic})
	m.Identities = [][]byte{[]byte(topic)}
	return m.Frames(k.sign)
}
