//go:build cgo && linux

package main

import (
	"strings"
	"testing"

	"github.com/spikebook/spikebook/cuda/cudatest"
)

// TestTable makes the whole table of tiny networks.
func TestTable(t *testing.T) {
	cudatest.Use(t)
	var b strings.Builder
	if err := table(&b, true, ""); err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + b.String())
	lines := 0
	for line := range strings.Lines(b.String()) {
		if cells := strings.Split(line, "|"); strings.HasPrefix(line, "| ") && len(cells) == 9 {
			lines++
			if strings.TrimSpace(cells[3]) == "–" || strings.TrimSpace(cells[4]) == "–" {
				t.Errorf("no figure: %s", line)
			}
		}
	}
	if want := len(rows(true)) + 1; lines != want {
		t.Errorf("%d lines, want %d\n%s", lines, want, b.String())
	}
}
