package ref_test

import (
	"testing"

	"github.com/spikebook/spikebook/snn/plan/plantest"
	"github.com/spikebook/spikebook/snn/ref"
)

func TestBarsCheckValues(t *testing.T) { plantest.CheckBars(t, ref.New()) }
