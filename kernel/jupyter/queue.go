package jupyter

import (
	"sync"
	"time"
)

// queue holds the shell requests that have arrived and not been served.
// Execute requests in it can be marked as aborted (P-23): they are then
// answered without being run, while other requests are served normally.
type queue struct {
	mu     sync.Mutex
	cond   *sync.Cond
	items  []queued
	last   time.Time // of the latest push
	closed bool
}

type queued struct {
	*Message
	aborted bool
	from    *queue // where it waited; nil: it did not
}

func newQueue() *queue {
	q := &queue{}
	q.cond = sync.NewCond(&q.mu)
	return q
}

func (q *queue) push(m *Message) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.items = append(q.items, queued{Message: m})
	q.last = time.Now()
	q.cond.Signal()
}

// pop waits for a request; ok is false when the queue has been closed.
func (q *queue) pop() (m queued, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.items) == 0 && !q.closed {
		q.cond.Wait()
	}
	if q.closed {
		return queued{}, false
	}
	m = q.items[0]
	q.items[0] = queued{}
	q.items = q.items[1:]
	return m, true
}

// coming returns the first execute request that waits.
func (q *queue) coming() *Message {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range q.items {
		if q.items[i].Type == "execute_request" && !q.items[i].aborted {
			return q.items[i].Message
		}
	}
	return nil
}

// holds reports whether a message that waits is one that is looked for.
func (q *queue) holds(wanted func(*Message) bool) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range q.items {
		if wanted(q.items[i].Message) {
			return true
		}
	}
	return false
}

// abort marks the execute requests that are waiting.
func (q *queue) abort() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range q.items {
		if q.items[i].Type == "execute_request" {
			q.items[i].aborted = true
		}
	}
}

// settle waits until requests that a client has already sent are in the
// queue: until none has arrived for 20 ms, at most 200 ms. "Run All" sends its
// cells in a burst, and a cell with a syntax error fails within that burst.
func (q *queue) settle() {
	const quiet, most = 20 * time.Millisecond, 200 * time.Millisecond
	start := time.Now()
	for {
		q.mu.Lock()
		since := q.last
		q.mu.Unlock()
		if since.Before(start) {
			since = start
		}
		wait := quiet - time.Since(since)
		if wait <= 0 || time.Since(start) >= most {
			return
		}
		time.Sleep(wait)
	}
}

func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.cond.Broadcast()
}
