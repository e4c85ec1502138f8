package jupyter

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// execute serves an execute_request: execute_input, the cell's output, the
// result or the error, then the reply.
func (k *Kernel) execute(ctx context.Context, s socket, m queued) {
	started := time.Now()
	var req executeRequest
	if err := decode(m.Message, &req); err != nil {
		k.reply(s, m.Message, nil, k.failure("error", &Error{Name: "BadRequest", Value: "execute_request: " + err.Error()}))
		return
	}
	if m.aborted {
		k.abort(s, m.Message)
		return
	}
	empty := strings.TrimSpace(req.Code) == ""
	k.mu.Lock()
	interrupts := k.interrupts
	k.mu.Unlock()
	k.cell.Lock() // one of a subshell waits for the running cell
	defer k.cell.Unlock()
	k.mu.Lock()
	interrupted := k.interrupts != interrupts
	k.mu.Unlock()
	if interrupted { // while it waited (P-32)
		k.abort(s, m.Message)
		return
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	k.mu.Lock()
	k.stop = stop
	if req.counts() && !empty { // P-19
		k.count++
	}
	count := k.count
	k.mu.Unlock()
	if !req.Silent {
		k.publish("execute_input", m.Message, map[string]any{"code": req.Code, "execution_count": count})
	}

	var res Result
	remembered := req.counts() && !empty
	if remembered {
		k.history.add(count, req.Code)
	}
	if !empty {
		res = k.run(ctx, Request{Code: req.Code, CellID: cellID(m.Metadata), Count: count, Silent: req.Silent,
			Ask: k.asker(m.Message, req.asks()), Coming: k.coming(m.from, count)}, m.Message)
	}

	var expressions map[string]any
	if res.Err == nil {
		expressions = k.userExpressions(ctx, req.UserExpressions, m.Message)
	}
	k.mu.Lock()
	k.stop = nil
	ending := k.ending
	k.mu.Unlock()
	if ending { // the cell was ended by the shutdown, which is no failure of it
		k.reply(s, m.Message, nil, k.failure("aborted", &Error{Name: "Aborted", Value: "the kernel was shut down"}))
		return
	}
	metadata := map[string]any{}
	for key, v := range res.Metadata {
		metadata[key] = v
	}
	metadata["started"] = timestamp(started) // P-47
	if res.Err != nil {
		content := k.failure("error", res.Err)
		metadata["status"] = "error"
		k.publish("error", m.Message, map[string]any{"ename": content["ename"], "evalue": content["evalue"], "traceback": content["traceback"]})
		if req.stops() && m.from != nil { // before the reply, so that what is sent because of it runs
			m.from.settle()
			m.from.abort()
		}
		k.reply(s, m.Message, metadata, content)
		return
	}
	if res.Value != nil && !req.Silent {
		content := displayContent(*res.Value)
		content["execution_count"] = count
		k.publish("execute_result", m.Message, content)
		if text, ok := res.Value.Data["text/plain"].(string); ok && remembered {
			k.history.result(count, text)
		}
	}
	metadata["status"] = "ok"
	k.reply(s, m.Message, metadata, map[string]any{"status": "ok", "execution_count": count,
		"payload": payload(&res), "user_expressions": expressions})
}

// abort answers a cell that is not run.
func (k *Kernel) abort(s socket, m *Message) {
	k.reply(s, m, nil, k.failure("aborted", &Error{Name: "Aborted",
		Value: "not run, because an earlier cell failed or was interrupted"}))
}

// coming tells a running cell which one waits behind it, for the count that it will
// have.
func (k *Kernel) coming(q *queue, count int) func() (Request, bool) {
	if q == nil {
		return nil
	}
	return func() (Request, bool) {
		m := q.coming()
		if m == nil {
			return Request{}, false
		}
		var req executeRequest
		if decode(m, &req) != nil || !req.counts() || strings.TrimSpace(req.Code) == "" {
			return Request{}, false
		}
		return Request{Code: req.Code, CellID: cellID(m.Metadata), Count: count + 1}, true
	}
}

// run calls the evaluator and turns a panic of it into a failed cell.
func (k *Kernel) run(ctx context.Context, r Request, parent *Message) (res Result) {
	defer func() {
		if p := recover(); p != nil {
			k.logf.limited("execute: internal error: %v", p)
			res = Result{Err: &Error{Name: "KernelError", Value: fmt.Sprintf("internal error of the kernel: %v", p)}}
		}
	}()
	return k.ev.Execute(ctx, r, cellOutput{k, parent})
}

// failure is the content of an execute_reply that is not ok. It also fills
// the fields of the other kind of reply, since clients read them.
func (k *Kernel) failure(status string, e *Error) map[string]any {
	k.mu.Lock()
	count := k.count
	k.mu.Unlock()
	traceback := e.Traceback
	if len(traceback) == 0 {
		traceback = []string{e.Name + ": " + e.Value}
	}
	content := map[string]any{"status": status, "ename": e.Name, "evalue": e.Value, "traceback": traceback,
		"execution_count": count, "payload": []any{}, "user_expressions": map[string]any{}}
	if status == "aborted" {
		// Front ends would show a number for a cell that has not run.
		delete(content, "execution_count")
		content["traceback"] = []string{}
	}
	return content
}

// cellID reads the cell's name from the metadata of a request (P-46).
func cellID(metadata json.RawMessage) string {
	var fields map[string]any
	_ = json.Unmarshal(metadata, &fields)
	id, _ := fields["cellId"].(string)
	return id
}
