package display_test

import (
	"math"
	"strings"
	"testing"

	"github.com/spikebook/spikebook/display"
)

func TestTableText(t *testing.T) {
	tab := display.NewTable("bar", "neuron", "weight").Title("Winners").
		Row("row 0", 17, 0.18342).
		Row("column <3>", 4, 1234.5678)
	want := `Winners
bar         neuron  weight
──────────  ──────  ──────
row 0           17  0.1834
column <3>       4    1235`
	if got := tab.String(); got != want {
		t.Errorf("text is\n%s\nwant\n%s", got, want)
	}
	if html := tab.HTML(); !strings.Contains(html, "column &lt;3&gt;") || strings.Count(html, "<tr>") != 3 {
		t.Errorf("HTML is %s", html)
	}
}

func TestTableNumbers(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 1: "1", 0.5: "0.5", 123456: "123456", 1e7: "1e+07", 1e-7: "1e-07", -0.00123456: "-0.001235",
		math.NaN(): "NaN", math.Inf(1): "+Inf",
	} {
		got := display.NewTable("x").Row(v).String()
		if line := got[strings.LastIndex(got, "\n")+1:]; strings.TrimSpace(line) != want {
			t.Errorf("%v is written %q, want %q", v, line, want)
		}
	}
}

func TestTableMistakes(t *testing.T) {
	tab := display.NewTable("a", "b").Row(1).Row(1, 2)
	for _, got := range []string{tab.Err().Error(), tab.String(), tab.HTML(), tab.Show().Error()} {
		if !strings.Contains(got, "row 0 has 1 values, want 2") || !strings.Contains(got, "table_test.go:") {
			t.Errorf("mistake is told as %q", got)
		}
	}
	if err := display.NewTable().Err(); err == nil {
		t.Error("a table without columns is no mistake")
	}
}
