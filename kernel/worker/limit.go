package worker

import "time"

// Limits bound what reaches the front end. Jupyter servers cut a kernel off
// above 1,000 messages, or 1,000,000 bytes of text, a second, averaged over three
// seconds; they start to count afresh when a cell has ended.
type Limits struct {
	Window   time.Duration // of the average
	Messages int           // in one window, text and displays; 0 means no limit
	Bytes    int           // of text messages in one window, headers and JSON quoting included; 0 means no limit
	Hold     int           // bytes of text that may wait for the window; more is a flood, and its middle is left out
	Tail     int           // bytes of a flood that are shown at its end
}

// JupyterLimits stay below the limits a Jupyter server has by default, with room
// for the messages that do not come from here.
var JupyterLimits = Limits{
	Window:   3 * time.Second,
	Messages: 2500,
	Bytes:    2_700_000,
	Hold:     2 << 20,
	Tail:     64 << 10,
}

// NoLimits is for readers that take everything: a notebook that is executed
// into a file. Floods are cut all the same, since the file has to be opened.
var NoLimits = Limits{Hold: 16 << 20, Tail: 64 << 10}

// messageCost is what a message costs beside its content: headers, signature.
const messageCost = 900 // bytes

// A meter counts what was published within the last window.
type meter struct {
	limits Limits
	sent   []sent // oldest first
	bytes  int
}

type sent struct {
	at    time.Time
	bytes int
}

// wait returns how long a message of n bytes has to wait; 0 means it may go. One
// larger than a whole window goes when the window is empty: no waiting makes it
// smaller.
func (m *meter) wait(now time.Time, n int) time.Duration {
	for len(m.sent) > 0 && now.Sub(m.sent[0].at) >= m.limits.Window {
		m.bytes -= m.sent[0].bytes
		m.sent = m.sent[1:]
	}
	if len(m.sent) == 0 {
		return 0
	}
	var wait time.Duration
	if m.limits.Messages > 0 && len(m.sent) >= m.limits.Messages {
		wait = m.limits.Window - now.Sub(m.sent[len(m.sent)-m.limits.Messages].at)
	}
	if m.limits.Bytes > 0 && m.bytes+n > m.limits.Bytes {
		free := m.limits.Bytes - m.bytes
		for i, s := range m.sent {
			free += s.bytes
			if free >= n || i == len(m.sent)-1 {
				wait = max(wait, m.limits.Window-now.Sub(s.at))
				break
			}
		}
	}
	return wait
}

// add counts a message of n bytes.
func (m *meter) add(now time.Time, n int) {
	if m.limits.Messages == 0 && m.limits.Bytes == 0 {
		return
	}
	m.sent = append(m.sent, sent{now, n})
	m.bytes += n
}

// jsonLen is about the length of s in a JSON message.
func jsonLen(s string) int {
	n := len(s) + 2
	for i := range len(s) {
		switch c := s[i]; {
		case c == '\n' || c == '"' || c == '\\' || c == '\t' || c == '\r':
			n++
		case c < 0x20 || c == '<' || c == '>' || c == '&':
			n += 5
		}
	}
	return n
}
