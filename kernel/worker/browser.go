package worker

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/janpfeifer/gonb/gonbui/protocol"

	"github.com/spikebook/spikebook/kernel/comm"
)

// BrowserTarget is the name under which the browser's side of gonbui opens its comm.
const BrowserTarget = "gonb_comm"

// Addresses that the two sides of gonbui's comms keep for themselves.
const (
	openAck       = "#comm_open_ack"
	heartbeatPing = "#heartbeat/ping"
	heartbeatPong = "#heartbeat/pong"
	installed     = "#installed" // the script has found itself in the page
)

//go:embed page/gonb_comm.js
var browserScript string

const (
	connectTime = 5 * time.Second // for a page to connect
	pagesKept   = 8               // pages that are told of values; a page that goes does not say so
	valuesKept  = 1000            // that wait for the first page
)

// A browser is the kernel's side of gonbui's comms, widgets and dom: values that
// travel between addresses in the program and in pages that show the notebook. A
// page gets a script that connects to the Jupyter server by itself and opens a
// comm, so no extension of the front end is needed.
type browser struct {
	gonbui *gonbui
	post   func(comm.Message) // publishes a message
	kernel string             // the Jupyter server's id of this kernel

	mu         sync.Mutex
	pages      []string // comms, newest last
	waiting    []any    // for the first page
	subscribed map[string]bool
	shown      bool   // the running cell has the script
	display    string // id of the output with the script
	displays   int
	timeout    *time.Timer
	pongs      []chan bool
}

func newBrowser(g *gonbui, kernel string, post func(comm.Message)) *browser {
	return &browser{gonbui: g, post: post, kernel: kernel, subscribed: map[string]bool{}}
}

// begin is called when a cell begins.
func (b *browser) begin() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.shown = false
}

// install shows the script, once a cell: the page may have been loaded anew.
func (b *browser) install() {
	b.mu.Lock()
	if b.shown {
		b.mu.Unlock()
		return
	}
	if b.kernel == "" {
		b.mu.Unlock()
		b.gonbui.noteOnce("widgets of gonbui do not work here: the Jupyter server's name of this kernel is not known; run the notebook in a Jupyter server, or use the widgets of package display/widget")
		return
	}
	b.shown = true
	b.displays++
	b.display = "gonb_websocket_" + strconv.Itoa(b.displays) + "_" + b.kernel
	script, display := fmt.Sprintf("<script>%s(%q);</script>", browserScript, b.kernel), b.display
	if len(b.pages) == 0 && b.timeout == nil {
		b.timeout = time.AfterFunc(connectTime, b.late)
	}
	b.mu.Unlock()
	b.gonbui.outlet.Display(Display{Data: map[string]any{"text/html": script, "text/plain": ""}, ID: display})
}

// late is called when no page has connected in time.
func (b *browser) late() {
	b.mu.Lock()
	missing := len(b.pages) == 0
	b.timeout = nil
	b.mu.Unlock()
	if missing {
		b.hide()
		b.gonbui.note(fmt.Sprintf("widgets of gonbui: no page has connected within %v; they work in JupyterLab and Jupyter Notebook, while a page shows the notebook", connectTime))
	}
}

// send gives pages a value, now or when the first has connected.
func (b *browser) send(data any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.pages) == 0 {
		if len(b.waiting) < valuesKept {
			b.waiting = append(b.waiting, data)
		}
		return
	}
	b.sendAll(data)
}

// sendAll sends to all pages; b.mu is held.
func (b *browser) sendAll(data any) {
	text, err := json.Marshal(data)
	if err != nil {
		return // values were made of what JSON has
	}
	for _, id := range b.pages {
		b.post(comm.Message{Kind: comm.Messages, ID: id, Data: text})
	}
}

// value handles a comm value of the program.
func (b *browser) value(c protocol.CommValue) {
	b.install()
	switch {
	case c.Address == protocol.GonbuiStartAddress:
	case c.Request:
		b.send(map[string]any{"address": c.Address, "read_request": true})
	default:
		value, err := jsonValue(c.Value, 0)
		if err != nil {
			b.gonbui.note(fmt.Sprintf("value for %s: %v", c.Address, err))
			return
		}
		b.send(map[string]any{"address": c.Address, "value": unmarkAll(value)})
	}
}

// subscribe notes which addresses the program listens to.
func (b *browser) subscribe(c protocol.CommSubscription) {
	b.mu.Lock()
	if c.Unsubscribe {
		delete(b.subscribed, c.Address)
	} else {
		b.subscribed[c.Address] = true
	}
	b.mu.Unlock()
	if !c.Unsubscribe {
		b.install()
	}
}

// message handles what a page sends.
func (b *browser) message(m comm.Message) {
	switch m.Kind {
	case comm.Opens:
		b.opened(m.ID)
		return
	case comm.Closes:
		b.mu.Lock()
		defer b.mu.Unlock()
		for i, id := range b.pages {
			if id == m.ID {
				b.pages = append(b.pages[:i:i], b.pages[i+1:]...)
				return
			}
		}
		return
	}
	var data struct {
		Address string `json:"address"`
		Value   any    `json:"value"`
	}
	if json.Unmarshal(m.Data, &data) != nil {
		return
	}
	b.mu.Lock()
	known := slices.Contains(b.pages, m.ID)
	b.mu.Unlock()
	if !known { // it was there before this program
		b.opened(m.ID)
	}
	switch data.Address {
	case heartbeatPing:
		b.send(map[string]any{"address": heartbeatPong, "value": true})
	case installed:
		b.hide()
	case heartbeatPong:
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, p := range b.pongs {
			p <- true
		}
		b.pongs = nil
	default:
		value := programValue(data.Value)
		b.mu.Lock()
		wanted := b.subscribed[data.Address]
		b.mu.Unlock()
		if wanted && value != nil {
			b.gonbui.back(&protocol.CommValue{Address: data.Address, Value: value})
		}
	}
}

// opened welcomes a page and gives it what has waited.
func (b *browser) opened(id string) {
	b.mu.Lock()
	b.pages = append(b.pages, id)
	if n := len(b.pages) - pagesKept; n > 0 {
		b.pages = b.pages[n:]
	}
	if b.timeout != nil {
		b.timeout.Stop()
		b.timeout = nil
	}
	ack, _ := json.Marshal(map[string]any{"address": openAck, "value": true})
	b.post(comm.Message{Kind: comm.Messages, ID: id, Data: ack})
	waiting := b.waiting
	b.waiting = nil
	for _, data := range waiting {
		b.sendAll(data)
	}
	b.mu.Unlock()
	b.hide()
}

// hide takes the script away, so that it is not saved with the notebook.
func (b *browser) hide() {
	b.mu.Lock()
	display := b.display
	b.display = ""
	b.mu.Unlock()
	if display != "" {
		b.gonbui.outlet.Display(Display{Data: map[string]any{"text/html": "", "text/plain": ""}, ID: display})
	}
}

// Heartbeat asks the pages that are connected whether they are there.
func (w *Worker) Heartbeat(within time.Duration) bool {
	b := w.gonbui.browser
	if b == nil {
		return false
	}
	b.install()
	pong := make(chan bool, 1)
	b.mu.Lock()
	b.pongs = append(b.pongs, pong)
	b.mu.Unlock()
	b.send(map[string]any{"address": heartbeatPing, "value": true})
	select {
	case <-pong:
		return true
	case <-time.After(within):
		return false
	}
}

// InstallBrowser shows the script that connects the page, as `%widgets` does.
func (w *Worker) InstallBrowser() {
	if b := w.gonbui.browser; b != nil {
		b.install()
	}
}

// BrowserMessage gives the worker a message of a comm for [BrowserTarget].
func (w *Worker) BrowserMessage(m comm.Message) {
	if b := w.gonbui.browser; b != nil {
		b.message(m)
	}
}

// programValue is a JSON value as one of the few types that gonbui can decode, or
// nil: anything else would break the program's decoder for good.
func programValue(v any) any {
	switch v := v.(type) {
	case string, float64, bool:
		return v
	case []any:
		numbers, texts := []float64{}, []string{}
		for _, e := range v {
			switch e := e.(type) {
			case float64:
				numbers = append(numbers, e)
			case string:
				texts = append(texts, e)
			}
		}
		switch len(v) {
		case len(numbers):
			return numbers
		case len(texts):
			return texts
		}
	case map[string]any:
		numbers, texts := map[string]float64{}, map[string]string{}
		for key, e := range v {
			switch e := e.(type) {
			case float64:
				numbers[key] = e
			case string:
				texts[key] = e
			}
		}
		switch len(v) {
		case len(numbers):
			return numbers
		case len(texts):
			return texts
		}
	}
	return nil
}
