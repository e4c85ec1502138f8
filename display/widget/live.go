package widget

import (
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/spikebook/spikebook/kernel/comm"
)

// sendEvery is how often changes of one widget are sent at most: a loop that sets a
// progress bar a million times sends some dozens of messages.
const sendEvery = 20 * time.Millisecond

// live holds the models that are open, and those with changes to be sent.
var live struct {
	sync.Mutex
	models  map[string]*model // by id
	waiting []*model
	sending bool // a goroutine sends
}

// sending is held from taking models out of live.waiting until their changes are
// sent, so that flush returns only when there is nothing on the way.
var sending sync.Mutex

func init() {
	comm.BeforeEnd(flush)
	comm.Register(controlTarget, func(c *comm.Comm, _ comm.Event) {
		c.OnMessage(func(e comm.Event) { requestStates(c, e) })
	})
}

func remember(m *model) {
	live.Lock()
	defer live.Unlock()
	if live.models == nil {
		live.models = map[string]*model{}
	}
	live.models[m.comm.ID()] = m
}

func forget(m *model) {
	live.Lock()
	defer live.Unlock()
	maps.DeleteFunc(live.models, func(_ string, other *model) bool { return other == m })
}

// later sends the changes of a model soon: at once when it has been quiet.
func later(m *model) {
	live.Lock()
	defer live.Unlock()
	if !slices.Contains(live.waiting, m) {
		live.waiting = append(live.waiting, m)
	}
	if !live.sending {
		live.sending = true
		go sendAll()
	}
}

// sendAll sends until nothing waits. It does not get ahead of the front ends' rate
// limit: the next changes go when these are published.
func sendAll() {
	for {
		began := time.Now()
		if !sendWaiting() {
			return
		}
		comm.Sync()
		time.Sleep(sendEvery - time.Since(began))
	}
}

func sendWaiting() bool {
	sending.Lock()
	defer sending.Unlock()
	live.Lock()
	list := live.waiting
	live.waiting = nil
	if len(list) == 0 {
		live.sending = false
		live.Unlock()
		return false
	}
	live.Unlock()
	for _, m := range list {
		m.send()
	}
	return true
}

// flush sends what waits, now: before a cell ends, before something is shown.
func flush() {
	sending.Lock()
	defer sending.Unlock()
	live.Lock()
	list := slices.Clone(live.waiting)
	live.waiting = nil
	live.Unlock()
	for _, m := range list {
		m.send()
	}
}

// requestStates tells a page that was loaded anew the state of all widgets in one
// message.
func requestStates(c *comm.Comm, e comm.Event) {
	var message struct {
		Method string `json:"method"`
	}
	if json.Unmarshal(e.Data, &message) != nil || message.Method != "request_states" {
		return
	}
	live.Lock()
	models := maps.Clone(live.models)
	live.Unlock()
	states, paths, buffers := map[string]any{}, [][]any{}, [][]byte{}
	for _, id := range slices.Sorted(maps.Keys(models)) {
		m := models[id]
		m.mu.Lock()
		state, within, parts := m.encode(nil)
		m.mu.Unlock()
		states[id] = map[string]any{"model_name": state["_model_name"], "model_module": state["_model_module"],
			"model_module_version": state["_model_module_version"], "state": state}
		for _, path := range within {
			paths = append(paths, append([]any{id, "state"}, path...))
		}
		buffers = append(buffers, parts...)
	}
	c.Answer(e, map[string]any{"method": "update_states", "states": states, "buffer_paths": paths}, buffers...)
}
