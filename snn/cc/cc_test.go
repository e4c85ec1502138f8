//go:build cgo

package cc_test

import (
	"testing"

	"github.com/spikebook/spikebook/snn/cc"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/plantest"
)

func backend(t testing.TB) plan.Backend {
	t.Helper()
	t.Setenv("SPIKEBOOK_CACHE", t.TempDir())
	b, err := cc.New()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBarsCheckValues(t *testing.T) { plantest.CheckBars(t, backend(t)) }
