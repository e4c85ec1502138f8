package session

import (
	"context"
	"errors"
	"fmt"
	"html"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spikebook/spikebook/kernel/magic"
	"github.com/spikebook/spikebook/kernel/worker"
)

// A wasmPlace is where a cell built for js/wasm lies, and where it appears.
type wasmPlace struct {
	dir  string // below the Jupyter server's folder
	url  string // of dir, on that server
	file string
	div  string // id of the element that is the program's
	args []string
}

// wasmName is the program's file, as GoNB calls it.
const wasmName = "gonb_cell.wasm"

// wasmCell is %wasm.
func (s *Session) wasmCell(ctx context.Context, p *plan, _ magic.Line, _ []string) error {
	root := s.getenv("GONB_JUPYTER_ROOT")
	if root == "" {
		return errors.New("the Jupyter server's folder is not known, from which the browser fetches the program; run the notebook in a Jupyter server, or set it by %env GONB_JUPYTER_ROOT FOLDER")
	}
	id := filepath.Base(s.commands.module.Dir())
	w := &wasmPlace{
		dir: filepath.Join(root, "jupyter_files", id), url: "/files/jupyter_files/" + url.PathEscape(id),
		div: fmt.Sprintf("gonb_wasm_%08x", rand.Uint32()),
	}
	w.file = filepath.Join(w.dir, wasmName)
	if err := os.MkdirAll(w.dir, 0o755); err != nil {
		return err
	}
	script, err := os.ReadFile(filepath.Join(s.tool.GoRoot(), "lib", "wasm", "wasm_exec.js"))
	if err != nil {
		return fmt.Errorf("the Go installation has no script for WebAssembly: %w; install the whole of Go", err)
	}
	if err := os.WriteFile(filepath.Join(w.dir, "wasm_exec.js"), script, 0o644); err != nil {
		return err
	}
	s.setEnv(ctx, "GONB_WASM_DIR="+w.dir, "GONB_WASM_SUBDIR="+w.dir, "GONB_WASM_URL="+w.url)
	if p.program == nil {
		p.program = &program{}
	}
	p.program.wasm = w
	return nil
}

// constants are what a cell finds predeclared.
func (w *wasmPlace) constants() string {
	return fmt.Sprintf("const (\n\tGonbWasmDir   = %q\n\tGonbWasmUrl   = %q\n\tGonbWasmDivId = %q\n)\n\nvar GonbWasmArgs []string", w.dir, w.url, w.div)
}

// showWasm makes the browser run the program. The page's own address says where the
// server's files are; the name of the file changes with each run, so that no cache
// answers.
func (s *Session) showWasm(p *plan) {
	w := p.program.wasm
	var args strings.Builder
	for _, a := range p.args {
		args.WriteString("," + strconv.Quote(a))
	}
	script := fmt.Sprintf(`(async () => {
  const config = document.getElementById("jupyter-config-data");
  let base = document.body.dataset.baseUrl || "/";
  try { base = JSON.parse(config.textContent).baseUrl || base; } catch (e) {}
  const at = base.replace(/\/$/, "") + %q;
  const show = text => { document.getElementById(%q).textContent = text; };
  try {
    if (!window.Go) {
      await new Promise((done, failed) => {
        const s = document.createElement("script");
        s.src = at + "/wasm_exec.js"; s.onload = done; s.onerror = () => failed(new Error("wasm_exec.js cannot be fetched"));
        document.head.appendChild(s);
      });
    }
    const go = new Go();
    go.argv = [%q%s];
    const got = await fetch(at + "/%s?t=" + Date.now());
    if (!got.ok) throw new Error("the program cannot be fetched: " + got.status);
    const run = await WebAssembly.instantiate(await got.arrayBuffer(), go.importObject);
    await go.run(run.instance);
  } catch (e) { show(String(e)); }
})();`, w.url, w.div, wasmName, args.String(), wasmName)
	s.outlet.Display(worker.Display{Data: map[string]any{
		"text/html":  fmt.Sprintf("<div id=\"%s\"></div>\n<script>%s</script>", html.EscapeString(w.div), script),
		"text/plain": "[WebAssembly: " + w.file + "]",
	}, Metadata: map[string]any{}})
}
