package jupyter

import (
	"context"
	"maps"
	"slices"
)

// A subshell serves requests of the shell channel that name it, in their order,
// beside those of the main shell (JEP 91). Cells still run one at a time, since the
// output of two could not be told apart: one sent to a subshell waits for the running
// cell, everything else does not.
type subshell struct {
	queue *queue
}

// maxSubshells bounds the subshells of one kernel.
const maxSubshells = 256

// subshellRequest serves create_subshell_request, delete_subshell_request and
// list_subshell_request on control.
func (k *Kernel) subshellRequest(s socket, m *Message) {
	var req struct {
		ID string `json:"subshell_id"`
	}
	_ = decode(m, &req)
	k.mu.Lock()
	defer k.mu.Unlock()
	switch m.Type {
	case "create_subshell_request":
		if len(k.subshells) >= maxSubshells {
			k.reply(s, m, nil, errorContent("256 subshells exist; delete one first"))
			return
		}
		sub := &subshell{queue: newQueue()}
		id := newID()
		k.subshells[id] = sub
		go k.serveQueue(k.ctx, sub.queue)
		k.reply(s, m, nil, map[string]any{"status": "ok", "subshell_id": id})
	case "delete_subshell_request":
		sub := k.subshells[req.ID]
		if sub == nil {
			k.reply(s, m, nil, errorContent("there is no subshell "+req.ID))
			return
		}
		delete(k.subshells, req.ID)
		sub.queue.close()
		k.reply(s, m, nil, map[string]any{"status": "ok"})
	case "list_subshell_request":
		ids := slices.Sorted(maps.Keys(k.subshells))
		if ids == nil {
			ids = []string{}
		}
		k.reply(s, m, nil, map[string]any{"status": "ok", "subshell_id": ids})
	}
}

// queueOf returns where a request on shell waits.
func (k *Kernel) queueOf(m *Message) (*queue, bool) {
	if m.Subshell == "" {
		return k.queue, true
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	sub := k.subshells[m.Subshell]
	if sub == nil {
		return nil, false
	}
	return sub.queue, true
}

// refuse answers a request to a subshell that does not exist.
func (k *Kernel) refuse(m *Message) {
	k.status(m, "busy")
	defer k.status(m, "idle")
	k.logf.limited("%s: there is no subshell %q", m.Type, m.Subshell)
	if !isComm(m.Type) {
		k.reply(k.shell, m, nil, errorContent("there is no subshell "+m.Subshell))
	}
}

// eachQueue calls f with the queue of the main shell and those of subshells.
func (k *Kernel) eachQueue(f func(*queue)) {
	k.mu.Lock()
	list := []*queue{k.queue}
	for _, s := range k.subshells {
		list = append(list, s.queue)
	}
	k.mu.Unlock()
	for _, q := range list {
		f(q)
	}
}

func (k *Kernel) serveQueue(ctx context.Context, q *queue) {
	for {
		m, ok := q.pop()
		if !ok {
			return
		}
		if isComm(m.Type) {
			k.serveComm(m.Message)
			continue
		}
		m.from = q
		k.serve(ctx, k.shell, m)
	}
}
