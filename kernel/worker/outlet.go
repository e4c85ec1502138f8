package worker

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
)

// Coalescing of text (rule O-5): the first bytes of a quiet stream go out at
// once, what follows within coalesce is put together, up to largestText a message.
const (
	coalesce    = 40 * time.Millisecond
	largestText = 64 << 10               // bytes
	floodQuiet  = 500 * time.Millisecond // without output: a flood is over
	longestWait = 12 * time.Second       // for the rate limit at the end of a cell
)

// An Outlet puts the output of a session in order and publishes it: text of the
// worker and of shell commands, displays, and acknowledgements that must not
// happen before what came earlier was published. It keeps to the [Limits].
//
// All methods may be called from any goroutine. The current [Output] is called
// with the outlet's lock held, hence one call at a time and in order.
type Outlet struct {
	limits Limits

	mu     sync.Mutex
	out    Output
	tap    func(stream, text string, d *Display) // sees what is published; nil: nobody
	queue  []*item
	text   int       // bytes of text in queue, outside a flood
	others int       // displays and acknowledgements in queue
	last   time.Time // when text was last published
	lately time.Time // when text last arrived
	force  bool      // publish text now
	meter  meter
	timer  *time.Timer
	spool  spool
	ids    map[string]string // display ids in use → owner, see Begin
	owner  string
	groups map[int]bool // process groups that commands have left running
}

// An item waits to be published. Exactly one of its parts is used.
type item struct {
	stream string // of text and flood
	text   strings.Builder
	flood  *flood

	display *Display
	then    func() // called when everything before has been published
	metered bool   // then sends a message, to which the rate limit applies
}

// A flood is text of which only the end will be shown.
type flood struct {
	tail  string
	bytes int // left out
	lines int
}

// NewOutlet returns an outlet without an [Output]: what arrives before
// [Outlet.Begin] is dropped.
func NewOutlet(limits Limits) *Outlet {
	o := &Outlet{limits: limits, out: discard{}, ids: map[string]string{}}
	o.meter.limits = limits
	o.timer = time.AfterFunc(time.Hour, o.tick)
	o.timer.Stop()
	return o
}

// Begin directs output to out from now on. What is still waiting goes to the
// Output before. owner names the cell; when the same cell begins again, display
// ids that it made are forgotten, since the front end has removed those outputs.
func (o *Outlet) Begin(out Output, owner string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.publish(time.Now(), true, true)
	o.spool.end()
	o.meter = meter{limits: o.limits} // servers start to count afresh when a cell has ended
	o.out, o.owner = out, owner
	if owner == "" {
		return
	}
	for id, by := range o.ids {
		if by == owner {
			delete(o.ids, id)
		}
	}
}

// Text adds complete text of a stream, "stdout" or "stderr".
func (o *Outlet) Text(stream, text string) {
	if text == "" {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	now := time.Now()
	o.lately = now
	o.spool.add(text)
	o.addText(stream, text)
	o.publish(now, o.force, false)
}

// addText queues text, or adds it to a flood.
func (o *Outlet) addText(stream, text string) {
	var back *item
	if n := len(o.queue); n > 0 {
		back = o.queue[n-1]
	}
	if back != nil && back.flood != nil {
		back.stream = stream
		back.flood.add(text, o.limits.Tail)
		return
	}
	if back != nil && back.display == nil && back.then == nil && back.stream == stream {
		back.text.WriteString(text)
	} else {
		back = &item{stream: stream}
		back.text.WriteString(text)
		o.queue = append(o.queue, back)
	}
	o.text += len(text)
	if o.limits.Hold > 0 && o.text > o.limits.Hold {
		o.startFlood()
	}
}

// startFlood replaces the text at the back of the queue by a flood, with a line
// before it that says where everything is.
func (o *Outlet) startFlood() {
	first := len(o.queue)
	for first > 0 && o.queue[first-1].display == nil && o.queue[first-1].then == nil {
		first--
	}
	f := &flood{}
	stream := ""
	for _, it := range o.queue[first:] {
		text := it.text.String()
		o.text -= len(text)
		f.add(text, o.limits.Tail)
		stream = it.stream
	}
	where := o.spool.keep()
	notice := &item{stream: stream}
	fmt.Fprintf(&notice.text, "\n[more output than a notebook can show; %s; its end follows when there is time]\n", where)
	o.text += notice.text.Len()
	o.queue = append(o.queue[:first], notice, &item{stream: stream, flood: f})
}

// add appends text and keeps the last n bytes.
func (f *flood) add(text string, n int) {
	f.tail += text
	if len(f.tail) <= 2*n {
		return
	}
	tail := lastText(f.tail, n)
	gone := f.tail[:len(f.tail)-len(tail)]
	f.bytes += len(gone)
	f.lines += strings.Count(gone, "\n")
	f.tail = tail
}

// Display adds a rich output. A display id that is in use makes it an update.
func (o *Outlet) Display(d Display) {
	if d.Metadata == nil {
		d.Metadata = map[string]any{}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if d.ID != "" {
		_, d.Update = o.ids[d.ID]
		if !d.Update {
			o.ids[d.ID] = o.owner
		}
	}
	o.queue = append(o.queue, &item{display: &d})
	o.others++
	o.publish(time.Now(), o.force, false)
}

// Then calls f when everything that came before has been published. f runs with
// the outlet's lock held and must be short.
func (o *Outlet) Then(f func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.queue = append(o.queue, &item{then: f})
	o.others++
	o.publish(time.Now(), o.force, false)
}

// Post is Then for an f that publishes a message: it waits for the rate limit.
func (o *Outlet) Post(f func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.queue = append(o.queue, &item{then: f, metered: true})
	o.others++
	o.publish(time.Now(), o.force, false)
}

// Tap lets f see everything that is published from now on, text or display, until
// it is called with nil. What arrived before is published first.
func (o *Outlet) Tap(f func(stream, text string, d *Display)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.publish(time.Now(), true, true)
	o.tap = f
}

// Current is the Output that is used now. It may be called by functions given to
// Then and Post only, or while nobody else changes it.
func (o *Outlet) Current() Output { return o.out }

// Redirect directs output to out from now on, as that of a cell which made what
// is used now. What is still waiting goes to the Output before.
func (o *Outlet) Redirect(out Output) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.publish(time.Now(), true, true)
	o.out, o.owner = out, ""
}

// Parent is the message under which output is published, if the Output tells.
func (o *Outlet) Parent() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if p, ok := o.out.(Parented); ok {
		return p.Parent()
	}
	return ""
}

// Backlog is the number of displays and acknowledgements that wait for the rate
// limit. A source of displays should not be read while it is large.
func (o *Outlet) Backlog() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.others
}

// Flush publishes everything that has arrived. It waits for the rate limit, at
// most until ctx ends; then it publishes the rest at once.
func (o *Outlet) Flush(ctx context.Context) {
	ctx, stop := context.WithTimeout(ctx, longestWait)
	defer stop()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.force = true
	defer func() {
		o.force = false
		o.spool.sync()
	}()
	for {
		wait := o.publish(time.Now(), true, ctx.Err() != nil)
		if wait == 0 {
			return
		}
		o.mu.Unlock()
		select {
		case <-time.After(min(wait, 100*time.Millisecond)):
		case <-ctx.Done():
		}
		o.mu.Lock()
	}
}

// Stop publishes what has arrived at once, without the middle of text that waits
// for the rate limit: who interrupts a cell that prints does not wait for the rest.
// The tail fits into the room that [JupyterLimits] leaves.
func (o *Outlet) Stop() {
	o.mu.Lock()
	if n := len(o.queue); n > 0 && o.limits.Tail > 0 && o.text > o.limits.Tail {
		if back := o.queue[n-1]; back.display == nil && back.then == nil && back.flood == nil {
			o.startFlood()
		}
	}
	o.mu.Unlock()
	over, cancel := context.WithCancel(context.Background())
	cancel()
	o.Flush(over)
}

// tick is called by the timer when waiting items have become due.
func (o *Outlet) tick() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.publish(time.Now(), o.force, false)
}

// publish sends what is due, in order, and sets the timer for the rest. It
// returns how long the front of the queue has to wait, 0 when nothing is left.
// force sends text without coalescing; heedless ignores the rate limit.
func (o *Outlet) publish(now time.Time, force, heedless bool) (wait time.Duration) {
	for len(o.queue) > 0 {
		front := o.queue[0]
		due := force || len(o.queue) > 1 && (o.others > 0 || o.queue[1].flood != nil)
		switch {
		case front.then != nil:
			if front.metered {
				if wait = o.meter.wait(now, 0); wait > 0 && !heedless {
					break
				}
				o.meter.add(now, 0)
			}
			o.pop()
			o.others--
			front.then()
			continue
		case front.display != nil:
			// Servers count the bytes of text only.
			if wait = o.meter.wait(now, 0); wait == 0 || heedless {
				o.pop()
				o.others--
				o.meter.add(now, 0)
				if o.tap != nil {
					o.tap("", "", front.display)
				}
				o.out.Display(*front.display)
				continue
			}
		case front.flood != nil:
			if wait = floodQuiet - now.Sub(o.lately); wait <= 0 || due {
				o.pop()
				text := fmt.Sprintf("[left out here: %d lines, %s]\n%s",
					front.flood.lines, size(front.flood.bytes), front.flood.tail)
				if front.flood.bytes == 0 {
					text = front.flood.tail
				}
				shown := &item{stream: front.stream}
				shown.text.WriteString(text)
				o.text += len(text)
				o.queue = append([]*item{shown}, o.queue...)
				continue
			}
		default:
			if wait = o.publishText(front, now, due, heedless); wait == 0 {
				continue
			}
		}
		o.timer.Reset(wait)
		return wait
	}
	o.timer.Stop()
	return 0
}

// publishText sends one message of the text at the front, or says how long to wait.
func (o *Outlet) publishText(front *item, now time.Time, due, heedless bool) (wait time.Duration) {
	if quiet := now.Sub(o.last); !due && quiet < coalesce && front.text.Len() < largestText {
		return coalesce - quiet
	}
	text := front.text.String()
	head, rest := cutText(text, largestText)
	cost := messageCost + jsonLen(head)
	if wait = o.meter.wait(now, cost); wait > 0 && !heedless {
		return wait
	}
	if rest == "" {
		o.pop()
	} else {
		// Text is queued in one builder a stream; what is left becomes a new one.
		front.text.Reset()
		front.text.WriteString(rest)
	}
	o.text -= len(head)
	o.last = now
	o.meter.add(now, cost)
	if o.tap != nil {
		o.tap(front.stream, head, nil)
	}
	o.out.Stream(front.stream, head)
	return 0
}

func (o *Outlet) pop() {
	o.queue[0] = nil
	o.queue = o.queue[1:]
}

// valueLen is about the length of a JSON value.
func valueLen(v any) int {
	switch v := v.(type) {
	case string:
		return jsonLen(v)
	case map[string]any:
		n := 2
		for key, value := range v {
			n += len(key) + 4 + valueLen(value)
		}
		return n
	case []any:
		n := 2
		for _, value := range v {
			n += 1 + valueLen(value)
		}
		return n
	}
	return 16 // a number
}

// size writes a number of bytes for people.
func size(n int) string {
	switch {
	case n >= 10_000_000:
		return fmt.Sprintf("%d MB", n/1_000_000)
	case n >= 1_000_000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	case n >= 10_000:
		return fmt.Sprintf("%d kB", n/1000)
	}
	return fmt.Sprintf("%d bytes", n)
}
