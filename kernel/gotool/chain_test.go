package gotool

import (
	"fmt"
	"strings"
	"testing"
)

// A chain of cells in which each imports all earlier ones, keeps pointers to
// their types in its variables, allocates in goroutines and calls into C: what a
// worker made of plugin-form packages must bear while collections run.
func TestChainOfCells(t *testing.T) {
	const n = 12
	tool := warm(t)
	var cells []cell
	for i := range n {
		var s strings.Builder
		c := cell{path: fmt.Sprint("cell/", i), imports: []string{"fmt", "sync", "sort", modulePath + "/kernel/live", modulePath + "/kernel/clib"}}
		fmt.Fprintf(&s, "package main\n\nimport (\n\t\"fmt\"\n\t\"sort\"\n\t\"sync\"\n\t\"%[1]s/kernel/clib\"\n\t\"%[1]s/kernel/live\"\n", modulePath)
		for j := range i {
			c.cells = append(c.cells, fmt.Sprint("cell/", j))
			fmt.Fprintf(&s, "\tꞋ%d \"cell/%d\"\n", j, j)
		}
		fmt.Fprintf(&s, ")\n\ntype ꞋNode struct {\n\tNext any\n\tName string\n}\n\nfunc (n *ꞋNode) String() string { return n.Name }\n\nvar Ꞌv **ꞋNode\n\n")
		fmt.Fprintf(&s, "func SpikebookLoad() { Ꞌv = live.Bind[*ꞋNode](%d) }\n\n", i)
		fmt.Fprintf(&s, "func SpikebookRun() []any {\n\t*Ꞌv = &ꞋNode{Name: fmt.Sprint(%d)}\n\tlength := 0\n", i)
		if i > 0 {
			fmt.Fprintf(&s, "\t(*Ꞌv).Next = *Ꞌ%d.Ꞌv\n", i-1)
			for j := range i {
				fmt.Fprintf(&s, "\tlength += len((*Ꞌ%d.Ꞌv).String())\n", j)
			}
		}
		s.WriteString(`
	var wg sync.WaitGroup
	var mu sync.Mutex
	total := 0
	for k := range 4 {
		wg.Go(func() {
			defer live.Recover("cell")
			xs := make([]string, 0)
			for m := range 2000 {
				xs = append(xs, fmt.Sprint(m*7%1000+k))
				if m%500 == 0 {
					mu.Lock()
					total += clib.Six()
					mu.Unlock()
				}
			}
			sort.Strings(xs)
			if k == 3 {
				var m map[string]int
				m["panics here"] = 1
			}
		})
	}
	wg.Wait()
	return []any{length, total, (*Ꞌv).Next}
}
`)
		c.source = s.String() + tail
		cells = append(cells, c)
	}
	out := load(t, tool, build(t, tool, cells...))
	length := 0
	for i := range n {
		next := "<nil>"
		if i > 0 {
			next = fmt.Sprint(i - 1)
		}
		if want := fmt.Sprintf("values: [%d 96 %s]\n", length, next); !strings.Contains(out, want) {
			t.Errorf("cell %d: no %q in\n%s", i, want, out)
		}
		length += len(fmt.Sprint(i))
	}
	if !strings.Contains(out, fmt.Sprintf("slots: %d\n", n)) {
		t.Errorf("got\n%s", out)
	}
}
