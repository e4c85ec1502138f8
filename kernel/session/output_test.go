package session

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/spikebook/spikebook/kernel/worker"
)

func TestHundredThousandLines(t *testing.T) {
	n := open(t)
	n.ok("0")
	r, out := n.run("for i := range 100000 {\n\tfmt.Println(\"line\", i)\n}")
	if r.Err != nil {
		t.Fatal(r.Err.EValue)
	}
	t.Logf("run %v, drain %v", r.Timing.Run, r.Timing.Drain)
	var want strings.Builder
	for i := range 100000 {
		fmt.Fprintln(&want, "line", i)
	}
	if got := out.stream("stdout"); got != want.String() {
		t.Errorf("%d bytes arrived, want %d, or the order differs", len(got), want.Len())
	}
}

// Calls of gonbui as any GoNB notebook has them.
func TestDisplaysAreInOrderWithPrints(t *testing.T) {
	n := open(t)
	_, out := n.ok(`import "github.com/janpfeifer/gonb/gonbui"

for i := range 5 {
	fmt.Println("text", i)
	gonbui.DisplayHTML(fmt.Sprintf("<b>%d</b>", i))
}
fmt.Println("end")`)
	var want []string
	for i := range 5 {
		want = append(want, fmt.Sprintf("stdout:text %d\n", i), fmt.Sprintf("display:<b>%d</b>", i))
	}
	want = append(want, "stdout:end\n")
	if got := out.String(); got != strings.Join(want, "|") {
		t.Errorf("got  %q\nwant %q", got, strings.Join(want, "|"))
	}

	code := "gonbui.UpdateHTML(\"here\", \"one\")\ngonbui.UpdateHTML(\"here\", \"two\")"
	for range 2 { // when the cell runs again the front end has removed its display
		out := &shown{}
		n.count++
		if r := n.s.Execute(context.Background(), Request{Code: code, CellID: "a", Count: n.count}, out); r.Err != nil {
			t.Fatal(r.Err.EValue)
		}
		if got := out.String(); got != "display:one|update:two" {
			t.Errorf("updates: %s", got)
		}
	}
}

func TestValueWithMethods(t *testing.T) {
	n := open(t)
	n.ok("type page struct{ title string }\nfunc (p page) HTML() string { return \"<h1>\" + p.title + \"</h1>\" }")
	r, _ := n.run(`page{"Bees"}`)
	if r.Value == nil || r.Value.Data["text/html"] != "<h1>Bees</h1>" || r.Value.Data["text/plain"] != "{title:Bees}" {
		t.Errorf("value %+v", r.Value)
	}
	r, _ = n.run("image.NewGray(image.Rect(0, 0, 2, 2))")
	if r.Value == nil || !strings.HasPrefix(fmt.Sprint(r.Value.Data["image/png"]), "iVBOR") {
		t.Errorf("image: %+v", r.Value)
	}
}

func TestFiguresOfTheToolkit(t *testing.T) {
	n := open(t)
	_, out := n.ok("fmt.Println(\"before\")\nfig := display.Line([]float64{1, 2, 3}, []float64{1, 4, 9})\nfig.Show()\nfmt.Println(\"after\")")
	if len(out.displays) != 1 || len(out.events) != 3 {
		t.Fatalf("shown %s", out)
	}
	r, _ := n.run("fig")
	if r.Value == nil {
		t.Fatalf("value of a figure: %+v", r.Err)
	}
	// Both ways give the same picture at the same size.
	for _, d := range []worker.Display{out.displays[0], *r.Value} {
		about, _ := d.Metadata["image/png"].(map[string]any)
		if !strings.HasPrefix(fmt.Sprint(d.Data["image/png"]), "iVBOR") || about["width"] == nil || about["height"] == nil {
			t.Errorf("metadata %v, data %.20v", d.Metadata, d.Data["image/png"])
		}
	}
}

func TestNamesOfTheUserAreWhatIsSeen(t *testing.T) {
	n := open(t)
	n.ok("type bee struct{ wings int }\nb := bee{4}")
	_, out := n.ok(`fmt.Printf("%+v %T\n", b, b)`)
	if got := out.stream("stdout"); got != "{wings:4} main.bee\n" {
		t.Errorf("printed %q", got)
	}
}

func TestBackgroundOutputGoesToTheLastCell(t *testing.T) {
	n := open(t)
	n.ok("go func() {\n\ttime.Sleep(300 * time.Millisecond)\n\tfmt.Println(\"late\")\n}()")
	_, out := n.ok("1")
	deadline := time.Now().Add(10 * time.Second)
	for out.String() != "stdout:late\n" {
		if time.Now().After(deadline) {
			t.Fatalf("got %q", out)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func TestUnchangedCellIsNotCompiledAgain(t *testing.T) {
	n := open(t)
	n.ok("count := 0")
	code := "count++\ncount"
	n.want(code, "1")
	for want := 2; want <= 5; want++ {
		r, _ := n.run(code)
		if r.Value == nil || fmt.Sprint(r.Value.Data["text/plain"]) != fmt.Sprint(want) {
			t.Errorf("value %+v, want %d", r.Value, want)
		}
		if r.Timing.Stages.Compile != 0 || r.Timing.Load != 0 {
			t.Errorf("compiled again: %+v", r.Timing)
		}
		t.Logf("re-run: %v", r.Timing.Total)
	}
}

func TestShellCommands(t *testing.T) {
	n := open(t)
	_, out := n.ok("!echo $GONB_DIR; pwd; echo wrong >&2")
	if got := out.stream("stdout"); got != n.dir+"\n"+n.dir+"\n" || out.stream("stderr") != "wrong\n" {
		t.Errorf("shown %s", out)
	}
	_, out = n.ok("!printf 'a€'\nfmt.Println(\"after\")")
	if got := out.String(); got != "stdout:a€after\n" {
		t.Errorf("order: %q", got)
	}
	if e := n.fails("!exit 3", "ShellError"); !strings.Contains(e.EValue, "exit status 3") {
		t.Errorf("message %q", e.EValue)
	}
	// A program left in the background does not keep the cell.
	began := time.Now()
	_, out = n.ok("!sleep 600 & echo $!")
	if d := time.Since(began); d > 10*time.Second {
		t.Errorf("took %v", d)
	}
	// It ends with the session.
	var pid int
	if _, err := fmt.Sscan(out.stream("stdout"), &pid); err != nil {
		t.Fatalf("shown %s", out)
	}
	if err := n.s.Close(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(5 * time.Second); syscall.Kill(pid, 0) == nil && !ended(pid); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("a background program outlives the session")
		}
	}
}

// ended tells whether a process is only waiting for its parent to ask for its status.
func ended(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && strings.Contains(string(stat), ") Z ")
}

func TestMagics(t *testing.T) {
	n := open(t)
	_, out := n.ok("%help")
	if len(out.displays) != 1 || !strings.Contains(fmt.Sprint(out.displays[0].Data["text/markdown"]), "%version") {
		t.Errorf("help: %s", out)
	}
	_, out = n.ok("%version")
	if !strings.Contains(out.String(), "go1.") {
		t.Errorf("version: %s", out)
	}
	n.fails("%nonsense", "CompileError")
	n.ok("")
	n.ok("// only a comment")
}

func TestCellsFromSeveralGoroutinesTakeTurns(t *testing.T) {
	n := open(t)
	n.ok("total := 0")
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			r := n.s.Execute(context.Background(), Request{Code: "total++", Count: 100 + i}, &shown{})
			if r.Err != nil {
				t.Error(r.Err.EValue)
			}
		})
	}
	wg.Wait()
	n.want("total", "6")
}
