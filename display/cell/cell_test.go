package cell

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/spikebook/spikebook/display/internal/port"
	"github.com/spikebook/spikebook/kernel/comm"
)

// terminal gives a program input and returns what f prints on standard output.
func terminal(t *testing.T, input string, f func()) string {
	t.Helper()
	in, typed, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	printed, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdin, stdout := os.Stdin, os.Stdout
	os.Stdin, os.Stdout = in, out
	defer func() { os.Stdin, os.Stdout = stdin, stdout }()
	typed.WriteString(input)
	typed.Close()
	f()
	out.Close()
	text, _ := io.ReadAll(printed)
	return string(text)
}

func TestAnOrdinaryProgramAsksOnItsTerminal(t *testing.T) {
	terminal(t, "Ada\r\nsecret\nlast", func() {
		for _, want := range []string{"Ada", "secret", "last"} {
			ask := Ask
			if want == "secret" {
				ask = Password
			}
			if got, err := ask(""); got != want || err != nil {
				t.Errorf("got %q, %v, want %q", got, err, want)
			}
		}
		if _, err := Ask("more?"); !errors.Is(err, io.EOF) || !strings.Contains(err.Error(), "more?") {
			t.Errorf("at the end: %v, want an error that names the question", err)
		}
	})
}

func TestAnOrdinaryProgramPrints(t *testing.T) {
	got := terminal(t, "", func() {
		s := Show([]int{1, 2})
		s.Update("done")
		Clear(true)
		Next("x := 1")
		Replace("y := 2")
		if _, err := Display(map[string]any{"image/png": []byte{1}, "text/plain": "[picture]"}, nil); err != nil {
			t.Error(err)
		}
	})
	if want := "[1 2]\ndone\n[picture]\n"; got != want {
		t.Errorf("printed %q, want %q", got, want)
	}
}

// front keeps what is shown.
type front struct {
	ids   []string
	data  []map[string]any
	sizes [][2]int
}

func (f *front) Present() bool { return true }
func (f *front) Send(data map[string]any, width, height int, id string) error {
	f.ids, f.data, f.sizes = append(f.ids, id), append(f.data, data), append(f.sizes, [2]int{width, height})
	return nil
}
func (f *front) Sync()         {}
func (f *front) NewID() string { return string(rune('a' + len(f.ids))) }

func TestUpdatesKeepTheirID(t *testing.T) {
	f := &front{}
	port.Notebook = f
	defer func() { port.Notebook = nil }()
	one := Show("1")
	two := Show("2")
	one.Update("3")
	two.UpdateDisplay(map[string]any{"application/json": map[string]int{"x": 1}, "image/png": []byte{9}},
		map[string]any{"image/png": map[string]any{"width": 30, "height": 20}})
	if got := strings.Join(f.ids, ""); got != "abab" {
		t.Errorf("ids %q, want abab", got)
	}
	if f.data[2]["text/plain"] != "3" || f.data[3]["application/json"] != `{"x":1}` || f.sizes[3] != [2]int{30, 20} {
		t.Errorf("shown %v, sizes %v", f.data, f.sizes)
	}
	if err := one.UpdateDisplay(map[string]any{"application/json": func() {}}, nil); err == nil {
		t.Error("a function was shown as JSON")
	}
}

// asker is a notebook that refuses input.
type asker struct{ comm.Transport }

func (asker) Ask(string, bool) (string, error) { return "", errors.New("does not accept input") }

func TestANotebookThatRefusesIsNotATerminal(t *testing.T) {
	comm.Connect(asker{})
	defer comm.Connect(nil)
	if _, err := Ask("?"); err == nil || !strings.Contains(err.Error(), "does not accept") {
		t.Errorf("%v", err)
	}
}
