package jupyter

import (
	"context"
	"encoding/json"
	"errors"
)

// An Asker puts a question to the person at the front end that sent a request and
// waits for the answer. password hides it as it is typed.
type Asker func(ctx context.Context, prompt string, password bool) (string, error)

// asker returns the Asker of an execute request, or nil when its front end accepts
// no input (P-35).
func (k *Kernel) asker(m *Message, allowed bool) Asker {
	if !allowed {
		return nil
	}
	return func(ctx context.Context, prompt string, password bool) (string, error) {
		return k.ask(ctx, m, prompt, password)
	}
}

// question waits for an input_reply.
type question struct {
	id     string // of the input_request
	from   string // identity of the front end that is asked
	answer chan string
}

// ask sends an input_request to the front end that sent m (P-34). One question is
// asked at a time. When ctx ends, an answer that comes later is dropped (P-37).
func (k *Kernel) ask(ctx context.Context, m *Message, prompt string, password bool) (string, error) {
	select {
	case k.asking <- struct{}{}:
		defer func() { <-k.asking }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	r := k.origin.message("input_request", m, nil, map[string]any{"prompt": prompt, "password": password})
	r.Identities = m.Identities
	q := &question{id: r.ID, answer: make(chan string, 1)}
	if len(m.Identities) > 0 {
		q.from = string(m.Identities[0])
	}
	k.mu.Lock()
	k.question = q
	k.mu.Unlock()
	defer func() {
		k.mu.Lock()
		k.question = nil
		k.mu.Unlock()
	}()
	if err := k.stdin.Send(r.Frames(k.sign)); err != nil {
		return "", errors.New("the front end cannot be asked: " + err.Error())
	}
	select {
	case text := <-q.answer:
		return text, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// serveStdin takes the answers. One that nobody waits for, of another front end, or
// to another question, is dropped.
func (k *Kernel) serveStdin() {
	for {
		m := k.receive(k.stdin, "stdin")
		if m == nil {
			return
		}
		var content struct {
			Value string `json:"value"`
		}
		if m.Type != "input_reply" || decode(m, &content) != nil {
			k.logf.limited("dropped %s on stdin, want an input_reply with a value", m.Type)
			continue
		}
		var parent struct {
			ID string `json:"msg_id"`
		}
		_ = json.Unmarshal(m.Parent, &parent)
		k.mu.Lock()
		q := k.question
		switch {
		case q == nil:
			k.logf.limited("dropped an input_reply: no input was asked for")
		case parent.ID != "" && parent.ID != q.id, len(m.Identities) > 0 && string(m.Identities[0]) != q.from:
			k.logf.limited("dropped an input_reply: it answers another question")
		default:
			q.answer <- content.Value
			k.question = nil
		}
		k.mu.Unlock()
	}
}
