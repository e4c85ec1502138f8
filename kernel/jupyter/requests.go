package jupyter

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// replyType names the reply to a request: kernel_info_request → kernel_info_reply.
func replyType(request string) string {
	return strings.TrimSuffix(request, "_request") + "_reply"
}

// decode reads the content of m into v. A field of the wrong type is an error.
func decode(m *Message, v any) error { return json.Unmarshal(m.Content, v) }

// serve answers one request of the shell or control channel between its
// busy and idle (P-13).
func (k *Kernel) serve(ctx context.Context, s socket, m queued) {
	k.status(m.Message, "busy")
	defer k.status(m.Message, "idle")
	defer func() {
		if p := recover(); p != nil { // a bug of ours: this request fails, the kernel stays
			k.logf.limited("%s: internal error: %v", m.Type, p)
			k.reply(s, m.Message, nil, errorContent(fmt.Sprintf("internal error of the kernel: %v", p)))
		}
	}()
	switch m.Type {
	case "kernel_info_request":
		k.reply(s, m.Message, nil, k.kernelInfo())
	case "shutdown_request":
		k.shutdown(s, m.Message)
	case "interrupt_request":
		k.Interrupt()
		k.reply(s, m.Message, nil, map[string]string{"status": "ok"})
	case "execute_request":
		if s == k.control {
			k.reply(s, m.Message, nil, errorContent("execute_request belongs on the shell channel"))
			return
		}
		k.execute(ctx, s, m)
	case "is_complete_request":
		k.isComplete(s, m.Message)
	case "comm_info_request":
		k.commInfo(s, m.Message)
	case "debug_request":
		k.debugRequest(s, m.Message)
	case "create_subshell_request", "delete_subshell_request", "list_subshell_request":
		if s != k.control {
			k.reply(s, m.Message, nil, errorContent(m.Type+" belongs on the control channel"))
			return
		}
		k.subshellRequest(s, m.Message)
	case "complete_request":
		k.complete(s, m.Message)
	case "inspect_request":
		k.inspect(s, m.Message)
	case "history_request":
		k.answerHistory(s, m.Message)
	case "connect_request":
		c := k.conn
		k.reply(s, m.Message, nil, map[string]any{"status": "ok", "shell_port": c.ShellPort, "iopub_port": c.IOPubPort,
			"stdin_port": c.StdinPort, "hb_port": c.HBPort, "control_port": c.ControlPort})
	default: // P-6: messages newer than this kernel
		k.logf.limited("no answer to %s", m.Type)
	}
}

// errorContent is the content of a reply to a request that cannot be served.
func errorContent(value string) map[string]any {
	return map[string]any{"status": "error", "ename": "KernelError", "evalue": value, "traceback": []string{value}}
}

func (k *Kernel) kernelInfo() any {
	goVersion := ""
	if k.options.GoVersion != nil {
		goVersion = k.options.GoVersion()
	}
	return map[string]any{
		"status":                 "ok",
		"protocol_version":       protocolVersion,
		"implementation":         "spikebook",
		"implementation_version": k.options.Version,
		"language_info": map[string]any{
			"name": "go", "version": goVersion, "mimetype": "text/x-go", "file_extension": ".go",
			"pygments_lexer": "go", "codemirror_mode": "go",
		},
		"banner": fmt.Sprintf("Spikebook %s · Go %s\nVariables live from cell to cell. %%help lists the special commands.", k.options.Version, goVersion),
		"help_links": []map[string]string{
			{"text": "A Tour of Go", "url": "https://go.dev/tour/"},
			{"text": "Go packages", "url": "https://pkg.go.dev/"},
			{"text": "Spikebook", "url": "https://pkg.go.dev/github.com/spikebook/spikebook"},
		},
		"debugger":           false,
		"supported_features": []string{"kernel subshells"},
	}
}

func (k *Kernel) isComplete(s socket, m *Message) {
	var req struct {
		Code string `json:"code"`
	}
	content := map[string]string{"status": "unknown"}
	if decode(m, &req) == nil {
		status, indent := k.ev.IsComplete(req.Code)
		content["status"] = status
		if status == "incomplete" {
			content["indent"] = indent
		}
	}
	k.reply(s, m, nil, content)
}
